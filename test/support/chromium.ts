import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = process.env.CHROMIUM_PATH ?? places.find(existsSync) ?? '/usr/bin/chromium'
const installed = existsSync(executablePath)

/** Browser tests are skipped where no Chromium is installed, and fail there when CI=true. */
export const chromiumWanted = installed || process.env.CI === 'true'
/** For the name of a skipped suite. */
export const chromiumNote = installed ? '' : ` (no Chromium at ${executablePath}; set CHROMIUM_PATH)`

/** A limit for what hangs, not a bound of speed. */
export const hangMs = 120_000

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    timeout: hangMs,
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

/** Whatever the browser complains about on this page: console errors and uncaught exceptions. */
export function collectComplaints(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', message => void (message.type() === 'error' && complaints.push(message.text())))
  page.on('pageerror', err => void complaints.push(String(err)))
  return complaints
}
