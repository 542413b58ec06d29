import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { Resvg } from '@resvg/resvg-js'

/** Inter (OFL) is a dependency, since a server may have no fonts. */
const fontFiles = ['400Regular/Inter_400Regular.ttf', '700Bold/Inter_700Bold.ttf'].map(file =>
  createRequire(import.meta.url).resolve(`@expo-google-fonts/inter/${file}`),
)

/** Renders the SVG in `workerData` to PNG, posts it and ends: one thread for one chart. */
const picture = new Resvg(String(workerData), {
  font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Inter' },
})
parentPort?.postMessage(new Uint8Array(picture.render().asPng()))
