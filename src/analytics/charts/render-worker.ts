import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { Resvg } from '@resvg/resvg-js'

/** Inter (OFL) comes with the bot: a server has no fonts of its own. */
const fontFiles = ['400Regular/Inter_400Regular.ttf', '700Bold/Inter_700Bold.ttf'].map(file =>
  createRequire(import.meta.url).resolve(`@expo-google-fonts/inter/${file}`),
)

/** The thread of one picture: takes an SVG at birth, answers with its PNG and ends. */
const picture = new Resvg(String(workerData), {
  font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Inter' },
})
parentPort?.postMessage(new Uint8Array(picture.render().asPng()))
