import { mkdirSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestBot } from './support/bot.ts'
import { chromiumNote, chromiumWanted, collectComplaints, hangMs, launchChromium } from './support/chromium.ts'

const pictures = new URL('../docs/images/', import.meta.url).pathname

describe.skipIf(!chromiumWanted)(`shopping in the page${chromiumNote}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  // UPDATE_PICTURES=true keeps what the page shows as the pictures of the README
  test.each(['light', 'dark'] as const)(
    'a new user gets a cart and sees its events beside the chat (%s)',
    async colorScheme => {
      const bot = await startTestBot()
      const context = await browser.newContext({
        viewport: { width: 1360, height: 860 },
        locale: 'ru-RU',
        timezoneId: 'Europe/Moscow',
        colorScheme,
      })
      context.setDefaultTimeout(hangMs)
      const page = await context.newPage()
      const complaints = collectComplaints(page)
      onTestFinished(() => context.close())
      await page.goto(bot.url)
      await page.getByText('на связи').waitFor()

      await page.getByRole('button', { name: 'собери завтрак: молоко, хлеб, сыр' }).first().click()
      await page.getByRole('button', { name: 'Согласен' }).click()
      const link = page.getByRole('link', { name: 'Открыть корзину' })
      await link.waitFor()
      await page.getByText('Корзина собрана').waitFor()

      expect(await link.getAttribute('href')).toMatch(/^basket\.html#\d+$/)
      expect(await page.locator('.event').allInnerTexts()).toEqual(
        expect.arrayContaining([expect.stringContaining('session_start'), expect.stringContaining('cart_created')]),
      )
      await page.getByRole('button', { name: 'перекус до 500 рублей' }).first().click()
      await page.locator('.bot .text', { hasText: 'В бюджет 500' }).waitFor()
      await expect.poll(() => page.getByText('Корзина собрана').count()).toBe(2)

      expect(complaints).toEqual([])
      if (process.env.UPDATE_PICTURES === 'true') {
        mkdirSync(pictures, { recursive: true })
        await page.screenshot({ path: `${pictures}chat-${colorScheme}.png` })
      }
    },
  )
})
