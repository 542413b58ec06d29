import { Bot, InlineKeyboard, InputFile } from 'grammy'
import type { BotCommandScope } from 'grammy/types'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SandboxEvent } from '../src/sandbox/control/events-feed.ts'
import { createSandbox } from '../src/sandbox/sandbox.ts'
import { silentLog } from '../src/telemetry/log.ts'
import { chromiumNote, chromiumWanted, collectComplaints, hangMs, launchChromium } from './support/chromium.ts'

const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** Greets with markup and a button, draws on request, removes messages on request, echoes everything else. */
function startEchoBot(settings: Record<string, string>): Bot {
  const bot = new Bot(settings.BOT_TOKEN ?? '', { client: { apiRoot: settings.TELEGRAM_API_URL ?? '' } })
  bot.command('start', ctx =>
    ctx.reply(`<b>Привет</b>, ты с <i>${ctx.match || 'улицы'}</i>`, {
      parse_mode: 'HTML',
      reply_markup: new InlineKeyboard().text('Дальше', 'next').url('Магазин', 'https://vkusvill.ru/'),
    }),
  )
  bot.command('draw', ctx => ctx.replyWithPhoto(new InputFile(picture, 'dot.png'), { caption: 'точка' }))
  bot.command('wait', ctx => ctx.replyWithChatAction('typing'))
  bot.command('think', ctx => ctx.api.sendMessageDraft(ctx.chat.id, 1, ''))
  bot.command('write', ctx =>
    ctx.api.sendMessageDraft(ctx.chat.id, 1, '<b>Ищу</b> продукты', { parse_mode: 'HTML', can_stop: true }),
  )
  bot.on('stopped_message_generation', ctx => ctx.reply('Остановлено'))
  bot.callbackQuery('next', async ctx => {
    await ctx.answerCallbackQuery('Идём дальше')
    await ctx.editMessageText('Изменено по кнопке')
  })
  bot.hears('забудь', ctx => ctx.deleteMessage())
  bot.on('message:text', ctx => ctx.reply(ctx.message.text))
  void bot.start()
  return bot
}

function createFeed() {
  const listeners = new Set<(event: SandboxEvent) => void>()
  const past: SandboxEvent[] = []
  return {
    emit(event_type: string, user_id: number, metadata: Record<string, unknown>) {
      const id = crypto.randomUUID()
      const event = {
        id,
        event_type,
        user_id,
        metadata,
        created_at: new Date().toISOString(),
        request_id: 'ABCD2345EFGH',
      }
      past.push(event)
      for (const callback of listeners) callback(event)
    },
    recent: async () => past,
    /** How many pages listen: an event emitted before is part of their snapshot, not news. */
    listeners: () => listeners.size,
    subscribe: (callback: (event: SandboxEvent) => void) => {
      listeners.add(callback)
      return () => void listeners.delete(callback)
    },
  }
}

describe.skipIf(!chromiumWanted)(`chat page in Chromium${chromiumNote}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  /** The page before a running sandbox with an echo bot; fails the test on anything the browser complained about. */
  async function openPage({ width = 1300, hash = '' } = {}) {
    const feed = createFeed()
    const sandbox = createSandbox({ log: silentLog, now: () => new Date(), feed })
    const running = await sandbox.listen(0)
    const bot = startEchoBot(running.settings())
    const context = await browser.newContext({ viewport: { width, height: 800 }, locale: 'ru-RU' })
    context.setDefaultTimeout(hangMs)
    const page = await context.newPage()
    const complaints = collectComplaints(page)
    onTestFinished(async () => {
      await context.close()
      await bot.stop()
      await running.close()
      expect(complaints).toEqual([])
    })
    await page.goto(`${running.url}/${hash}`)
    await page.getByText('на связи').waitFor()
    await expect.poll(feed.listeners).toBe(1)
    const setCommands = (command: string, scope: BotCommandScope) =>
      bot.api.setMyCommands([{ command, description: 'Команда' }], { scope })
    return { page, feed, act: sandbox.telegram.act, url: running.url, setCommands }
  }
  const say = async (page: Page, text: string) => {
    await page.getByLabel('Сообщение', { exact: true }).fill(text)
    await page.keyboard.press('Enter')
  }
  const bubble = (page: Page, text: string) => page.locator('.bot .text', { hasText: text })

  test('a new user clicks a suggestion and gets an answer with markup and buttons', async () => {
    const { page } = await openPage()

    await page.getByRole('button', { name: '/start habr' }).first().click()
    await bubble(page, 'Привет, ты с habr').waitFor()

    expect(await page.locator('.bot .text strong').textContent()).toBe('Привет')
    expect(await page.locator('.bot .text em').textContent()).toBe('habr')
    expect(await page.getByRole('link', { name: 'Магазин' }).getAttribute('href')).toBe('https://vkusvill.ru/')
    expect(await page.getByRole('link', { name: 'Магазин' }).getAttribute('target')).toBe('_blank')
    expect(await page.getByText('Напишите, что хотите съесть').isVisible()).toBe(false)
  })

  test('a pressed button shows the answer of the bot and the edited message', async () => {
    const { page } = await openPage()
    await say(page, '/start')

    await page.getByRole('button', { name: 'Дальше' }).click()
    await bubble(page, 'Изменено по кнопке').waitFor()

    await page.getByText('Идём дальше').waitFor()
    expect(await page.getByRole('button', { name: 'Дальше' }).count()).toBe(0)
  })

  test('what a user writes is text and never markup', async () => {
    const { page } = await openPage()

    await say(page, '<img src=x onerror=alert(1)> & <b>жирно</b>')
    await bubble(page, '<img src=x onerror=alert(1)> & <b>жирно</b>').waitFor()

    expect(await page.locator('.messages img, .messages b').count()).toBe(0)
  })

  test('pictures, typing and deletions are seen as they happen', async () => {
    const { page } = await openPage()

    await say(page, '/draw')
    const image = page.getByRole('img', { name: 'точка' })
    await image.waitFor()
    await expect.poll(() => image.evaluate((element: { naturalWidth: number }) => element.naturalWidth)).toBe(1)
    await say(page, '/wait')
    await page.getByText('печатает…').waitFor()
    await say(page, 'забудь')
    await expect.poll(() => page.locator('.own').count()).toBe(2)
  })

  test('a draft shows what the bot is writing, can be stopped, and vanishes with the answer', async () => {
    const { page, act } = await openPage()
    const draft = page.locator('#draft')

    await say(page, '/think')
    await draft.getByText('Думаю…').waitFor()
    await say(page, '/write')
    await draft.getByText('Ищу продукты').waitFor()
    await draft.getByRole('button', { name: 'Остановить' }).click()
    await bubble(page, 'Остановлено').waitFor()

    expect(await draft.isVisible()).toBe(false)
    expect(act.messages(2).at(-1)?.text).toBe('Остановлено')
  })

  test('the menu shows the commands of the user who writes, and sends the chosen one', async () => {
    const { page, act, setCommands } = await openPage()
    await setCommands('draw', { type: 'default' })
    await say(page, 'привет')
    await bubble(page, 'привет').waitFor()
    await setCommands('start', { type: 'chat', chat_id: 2 })

    await page.locator('#commands summary').click()
    await page.getByRole('button', { name: '/start Команда' }).click()
    await expect.poll(() => act.messages(2).some(({ text }) => text === '/start')).toBe(true)
    await page.getByRole('button', { name: /^А? ?Администратор/ }).click()
    await page.locator('#commands summary').click()
    await page.getByRole('button', { name: '/draw Команда' }).waitFor()

    expect(await page.locator('#command-list li').count()).toBe(1)
  })

  test('Shift+Enter makes a new line, Enter sends', async () => {
    const { page, act } = await openPage()

    await page.getByLabel('Сообщение', { exact: true }).fill('молоко')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('хлеб')
    await page.keyboard.press('Enter')
    await bubble(page, 'хлеб').waitFor()

    expect(act.messages(2)[0]?.text).toBe('молоко\nхлеб')
  })

  test('users have chats of their own, the administrator and added ones too', async () => {
    const { page, act } = await openPage()
    await say(page, 'от Анны')
    await bubble(page, 'от Анны').waitFor()

    await page.getByRole('button', { name: /^А? ?Администратор/ }).click()
    await say(page, 'от админа')
    await bubble(page, 'от админа').waitFor()
    await page.getByLabel('Имя нового человека').fill('Марина')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Пишет Марина' }).waitFor()
    await say(page, 'от Марины')
    await bubble(page, 'от Марины').waitFor()

    expect(await page.locator('.bubble').count()).toBe(2)
    expect([1, 2, 3].map(id => act.messages(id)[0]?.text)).toEqual(['от админа', 'от Анны', 'от Марины'])
  })

  test('business events stand beside the chat: those before, and new ones as they come', async () => {
    const { page, feed } = await openPage()

    feed.emit('bot_start', 2, { source: 'habr', referrer_id: null, is_new_user: true })
    feed.emit('cart_created', 2, { cart_number: 3, items_count: 4, total_sum: 512.5, scenario: 'recipe' })
    feed.emit('something_new', 2, { any: 'thing' })
    await page.locator('.event').nth(2).waitFor()

    const cards = await page.locator('.event').allInnerTexts()
    expect(cards[2]).toMatch(/Пришёл в бот[\s\S]*Анна · 2[\s\S]*с Хабра[\s\S]*bot_start · ABCD2345EFGH/)
    expect(cards[1]).toMatch(/Корзина собрана[\s\S]*№ 3[\s\S]*512,5 ₽[\s\S]*по рецепту/)
    expect(cards[0]).toContain('any: thing')
  })

  test('a service is broken and mended from the panel', async () => {
    const { page, url } = await openPage()
    const faults = async () => (await fetch(`${url}/sandbox/faults`)).json()

    await page.getByRole('tab', { name: 'Сбои' }).click()
    const gigachat = page.getByRole('group', { name: 'GigaChat' })
    await gigachat.getByLabel('Состояние').selectOption('Отвечает ошибкой')
    await gigachat.getByLabel('Код ответа').selectOption('429')
    await expect.poll(faults).toMatchObject({ gigachat: { mode: 'status', status: 429 } })
    await page.getByRole('button', { name: 'Починить всё' }).click()

    await expect.poll(faults).toMatchObject({ gigachat: { mode: 'none' } })
  })

  test('a phone shows one part at a time and counts events that were not looked at', async () => {
    const { page, feed } = await openPage({ width: 390 })
    const views = page.getByRole('navigation', { name: 'Разделы' })

    feed.emit('bot_start', 2, { source: 'vc', referrer_id: null, is_new_user: true })
    await views.getByText('1', { exact: true }).waitFor()
    const chatOnly = await page.locator('#events').isVisible()
    await views.getByRole('button', { name: 'События' }).click()
    await page.getByText('с vc.ru').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth')

    expect(chatOnly).toBe(false)
    expect(await page.locator('#composer').isVisible()).toBe(false)
    expect(wide).toBe(390)
  })

  test('the address names the user, so that two tabs can play two users', async () => {
    const { page } = await openPage({ hash: '#1' })

    await page.getByRole('button', { name: 'Пишет Администратор' }).waitFor()
  })
})
