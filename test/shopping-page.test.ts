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
      await page.getByRole('button', { name: 'Согласен', exact: true }).click()
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

  test('on a phone the first minute is one screen, and a cart is changed and rated by its buttons', async () => {
    const bot = await startTestBot()
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      locale: 'ru-RU',
      timezoneId: 'Europe/Moscow',
      isMobile: true,
      hasTouch: true,
    })
    context.setDefaultTimeout(hangMs)
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const complaints = collectComplaints(page)
    const button = (name: string) => page.locator('#messages').getByRole('button', { name }).last()
    const shown = (text: string) => page.locator('.bot .text', { hasText: text }).last().waitFor()
    const picture = async (name: string) => {
      if (process.env.UPDATE_PICTURES !== 'true') return
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.screenshot({ path: `${pictures}phone-${name}-${colorScheme}.png` })
      }
    }
    await page.goto(bot.url)
    await page.getByText('на связи').waitFor()

    await page.locator('#text').fill('/start')
    await page.keyboard.press('Enter')
    await button('Согласен').waitFor()
    const greeting = await page.locator('.bot .text', { hasText: 'Привет!' }).boundingBox()
    const agree = await button('Подробнее').boundingBox()
    await picture('start')
    await button('Завтрак на двоих').click()
    await shown('Чтобы ответить, нужно согласие')
    await button('Согласен').click()
    await shown('Итого')
    await button('Изменить').click()
    await shown('Что изменить')
    await page.locator('#text').fill('убери мёд, добавь сыр')
    await page.keyboard.press('Enter')
    await shown('Изменилось')
    await picture('change')
    await button('👎').click()
    await button('Дорого').waitFor()
    await picture('rating')
    await button('Дорого').click()
    await button('✓ 👎 Дорого').waitFor()

    expect(greeting?.y).toBeGreaterThan(0)
    expect((agree?.y ?? 844) + (agree?.height ?? 0)).toBeLessThan(844)
    expect(
      (await bot.events(2, 'cart_created')).map(({ metadata }) => [metadata.cart_number, metadata.revision]),
    ).toEqual([
      [1, 0],
      [1, 1],
    ])
    expect(complaints).toEqual([])
  })
})
