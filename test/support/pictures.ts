import { launchChromium } from './chromium.ts'

const folder = new URL('../../docs/images/', import.meta.url).pathname

/** Keeps what the sandbox's chat page shows this user on a phone as a picture of the docs, if UPDATE_PICTURES=true. */
export async function keepChatPicture(url: string, userId: number, name: string, shown: string): Promise<void> {
  if (process.env.UPDATE_PICTURES !== 'true') return
  const browser = await launchChromium()
  try {
    const page = await browser.newPage({
      viewport: { width: 390, height: 640 },
      deviceScaleFactor: 2,
      locale: 'ru-RU',
      timezoneId: 'Europe/Moscow',
      isMobile: true,
    })
    await page.goto(`${url}/#${userId}`)
    await page.getByText(shown).last().waitFor()
    await page.screenshot({ path: `${folder}${name}.png` })
  } finally {
    await browser.close()
  }
}
