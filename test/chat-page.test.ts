import { Bot, InlineKeyboard, InputFile } from 'grammy'
import type { BotCommandScope } from 'grammy/types'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SandboxEvent } from '../src/sandbox/control/events-feed.ts'
import { createSandbox } from '../src/sandbox/sandbox.ts'
import { catalogue } from '../src/sandbox/shop/catalogue.ts'
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
    /** A basket of two products, as the bot has one made. */
    const makeBasket = async () => {
      const [bread, milk] = catalogue
      const products = [bread, milk].map(product => ({ xml_id: product?.xmlId, q: 1 }))
      const call = { name: 'vkusvill_cart_link_create', arguments: { products } }
      const response = await fetch(`${running.url}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call }),
      })
      return /share_basket=(\d+)/.exec(await response.text())?.[1]
    }
    const setCommands = (command: string, scope: BotCommandScope) =>
      bot.api.setMyCommands([{ command, description: 'Команда' }], { scope })
    return {
      page,
      feed,
      act: sandbox.telegram.act,
      api: bot.api,
      url: running.url,
      setCommands,
      makeBasket,
      complaints,
    }
  }
  const fieldOf = (page: Page) => page.getByLabel('Сообщение', { exact: true })
  const enter = async (page: Page, text: string) => {
    await fieldOf(page).fill(text)
    await page.keyboard.press('Enter')
  }
  /** Until the page has sent it: an answer may be shown before, and a further message is not taken. */
  const say = async (page: Page, text: string) => {
    await enter(page, text)
    await expect.poll(() => fieldOf(page).inputValue()).toBe('')
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

    await fieldOf(page).fill('молоко')
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

  test('a message that cannot be sent stays in the field and can be sent again', async () => {
    const { page, complaints } = await openPage()
    const field = fieldOf(page)

    await page.context().setOffline(true)
    await enter(page, 'молоко и хлеб')
    await page.getByText('Не отправилось: песочница не отвечает').waitFor()
    const kept = await field.inputValue()
    await page.context().setOffline(false)
    await page.keyboard.press('Enter')
    await bubble(page, 'молоко и хлеб').waitFor()

    expect(kept).toBe('молоко и хлеб')
    await expect.poll(() => field.inputValue()).toBe('')
    complaints.splice(0) // the browser reports every request of the page while it was offline
  })

  test('what was typed for one user waits there while another one is played', async () => {
    const { page } = await openPage()
    const field = fieldOf(page)
    const choose = (name: string) => page.locator('.user', { hasText: name }).click()

    await field.fill('недописанное')
    await choose('Администратор')
    await expect.poll(() => field.inputValue()).toBe('')
    await choose('Анна')

    await expect.poll(() => field.inputValue()).toBe('недописанное')
  })

  test('the user who wrote last stands first', async () => {
    const { page, act } = await openPage()
    act.send(1, { sticker: true }, { date: Math.floor(Date.now() / 1000) - 60 })
    await say(page, 'только что')

    await expect
      .poll(() => page.locator('.user-name').allInnerTexts())
      .toEqual(['Анна', 'Администратор', 'Семейный чат'])
  })

  test('the arrow keys choose the panel', async () => {
    const { page } = await openPage()

    await page.getByRole('tab', { name: 'Бизнес-события' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByRole('heading', { name: 'Сбои' }).or(page.getByText('Сломайте соседний')).first().waitFor()

    const faults = page.getByRole('tab', { name: 'Сбои' })
    expect(await faults.evaluate('document.activeElement.id')).toBe('tab-faults')
    expect(await faults.getAttribute('aria-selected')).toBe('true')
    expect(await page.getByRole('tab', { name: 'Бизнес-события' }).getAttribute('tabindex')).toBe('-1')
  })

  test('a slash opens the commands, typing narrows them, Enter sends the highlighted one', async () => {
    const { page, api } = await openPage()
    await api.setMyCommands([
      { command: 'help', description: 'Как это работает' },
      { command: 'invite', description: 'Позвать друга' },
      { command: 'me', description: 'Что я знаю' },
    ])
    const field = fieldOf(page)
    const rows = page.locator('#command-list b')

    await field.pressSequentially('/')
    await expect.poll(() => rows.allInnerTexts()).toEqual(['/help', '/invite', '/me'])
    await page.keyboard.press('ArrowUp')
    const wrapped = await page.locator('[data-highlighted] b').innerText()
    await field.pressSequentially('i')
    await expect.poll(() => rows.allInnerTexts()).toEqual(['/invite'])
    await page.keyboard.press('Enter')
    await bubble(page, '/invite').waitFor()

    expect(wrapped).toBe('/me')
    await expect.poll(() => field.inputValue()).toBe('')
  })

  test('an administrator is offered the commands of an administrator', async () => {
    const { page, act, api } = await openPage()
    act.send(1, { sticker: true }) // Telegram knows only chats in which a user wrote
    await api.setMyCommands([{ command: 'admin_funnel', description: 'Воронка' }], {
      scope: { type: 'chat', chat_id: 1 },
    })

    await page.locator('.user', { hasText: 'Администратор' }).click()
    await expect.poll(() => page.locator('#suggestions .chip').allInnerTexts()).toEqual(['/admin_funnel'])
    await page.locator('.user', { hasText: 'Анна' }).click()

    await expect.poll(() => page.locator('#suggestions .chip').count()).toBe(5)
  })

  test('the cart of the fake shop opens as a page, one of another shop leads to its site', async () => {
    const { page, act, api, url, makeBasket } = await openPage()
    const number = await makeBasket()
    const { username } = await api.getMe()
    act.send(2, { text: `https://vkusvill.ru/?share_basket=${number} и https://t.me/${username}?start=ref_Ab3` })

    const follow = async (words: RegExp) => {
      const opened = page.context().waitForEvent('page')
      await page.locator('.own .text').getByRole('link', { name: words }).click()
      return opened
    }
    const cart = await follow(/share_basket/)
    await cart.getByText('Итого').waitFor()
    const lines = await cart.locator('#lines li').count()
    const invitation = await follow(/start=ref/)
    await invitation.locator('.own .text', { hasText: '/start ref_Ab3' }).waitFor()
    await cart.goto(`${url}/basket.html#1`)
    await cart.reload()
    const elsewhere = cart.getByRole('link', { name: 'Открыть на сайте ВкусВилла' })

    expect(lines).toBe(2)
    expect(await invitation.locator('#who').innerText()).toContain('Друг')
    expect(await elsewhere?.getAttribute('href')).toBe('https://vkusvill.ru/?share_basket=1')
  })

  test('the user blocks the bot in the chat and lets it in again by a press, or by writing', async () => {
    const { page, act } = await openPage()
    const button = page.getByRole('button', { name: 'Бот заблокирован' })

    await button.click()
    await expect.poll(() => act.isBlocked(2)).toBe(true)
    await expect.poll(() => button.getAttribute('aria-pressed')).toBe('true')
    await button.click()
    await expect.poll(() => act.isBlocked(2)).toBe(false)
    await button.click()
    await expect.poll(() => act.isBlocked(2)).toBe(true)
    act.send(2, { text: 'я снова тут' })

    expect(act.isBlocked(2)).toBe(false)
    await expect.poll(() => button.getAttribute('aria-pressed')).toBe('false')
  })

  test('a link of the bot opened as a page of the sandbox begins the chat of a new user', async () => {
    const { page, url } = await openPage()

    await page.goto(`${url}/?start=khabr-26`)

    await page.locator('.own .text', { hasText: '/start khabr-26' }).waitFor()
    expect(await page.locator('#who').innerText()).toContain('Друг')
  })

  test('every view has its heading, and what changes automatically is a log', async () => {
    const { page } = await openPage({ width: 390 })
    const views = page.getByRole('navigation', { name: 'Разделы' })
    const headings = async (view: string) => {
      await views.getByRole('button', { name: view }).click()
      return page.getByRole('heading').allInnerTexts()
    }

    expect(await headings('Чаты')).toContain('За кого пишете')
    expect(await headings('События')).toContain('Бизнес-события')
    expect(await headings('Сбои')).toContain('Сбои')
    expect(await headings('Переписка')).toContain('ВкусВилл помощник')
    expect(await page.getByRole('log', { name: 'Сообщения' }).getByRole('list').count()).toBe(1)
  })

  test('the address names the user, so that two tabs can play two users', async () => {
    const { page } = await openPage({ hash: '#1' })

    await page.getByRole('button', { name: 'Пишет Администратор' }).waitFor()
  })
})
