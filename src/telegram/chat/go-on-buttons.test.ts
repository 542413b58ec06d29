import { describe, expect, test } from 'vitest'
import type { Unfinished } from '../../assistant/dialogue/unfinished.ts'
import { McpError, RateLimitError, UpstreamError } from '../../errors.ts'
import { consentVersion } from '../privacy/policy.ts'
import { anAnswer } from '../testing/fake-assistant.ts'
import { aCart } from '../testing/fake-users.ts'
import { eventually, startBot } from '../testing/start-bot.ts'
import { asView } from './render-cart.ts'

const { lines, totalMinor } = aCart()
const request: Unfinished = { kind: 'request', id: 'r1', at: 0, text: 'молоко и хлеб' }
const cart: Unfinished = {
  kind: 'cart',
  id: 'c1',
  at: 0,
  text: 'молоко',
  requested: [{ xml_id: 1, q: 2 }],
  changesPrevious: null,
  products: [],
  budgetRub: null,
  notFound: [],
  toolsCalled: [],
}
const down = new UpstreamError('gigachat', 503, 'unavailable', true)

/** A bot whose first answer failed and left something to go on with. */
async function afterFailure(left: Unfinished, error: unknown = down) {
  const bot = await startBot({ supportContact: '@vv_help' })
  bot.users.set(7, { consentVersion })
  const unfinished = left.kind === 'cart' ? { kind: left.kind, id: left.id, lines, totalMinor } : left
  bot.assistant.respond = () => {
    bot.assistant.remembered = [left]
    return anAnswer({ text: null, error, unfinished })
  }
  bot.user(7).say('молоко')
  await eventually(() => bot.user(7).read().length === 1)
  bot.assistant.respond = () => anAnswer({ text: 'Вот', cart: asView(aCart()) })
  return { ...bot, anna: bot.user(7) }
}

describe('GigaChat is down', () => {
  test('the apology says so, names code and contact, and has a button', async () => {
    const { anna, events } = await afterFailure(request)

    expect(anna.last()).toContain('GigaChat сейчас не отвечает. Запрос я запомнил')
    expect(anna.last()).toContain(`Код для поддержки: ${events[0]?.requestId}, @vv_help`)
    expect(anna.buttons()).toEqual(['Повторить'])
  })

  test('the button answers the remembered request, under its words', async () => {
    const { anna, assistant } = await afterFailure(request)

    anna.press('Повторить')
    await eventually(() => anna.urls().length === 1 && assistant.remembered.length === 0)

    expect(assistant.questions.at(-1)?.text).toBe('молоко и хлеб')
    expect(anna.last()).toMatch(/^молоко и хлеб\n\nВот/)
  })

  test('pressed twice it answers once, and the second press is answered with a note', async () => {
    const { anna, assistant, handled, act } = await afterFailure(request)
    const toasts: string[] = []
    act.watch(7, change => void (change.kind === 'answer' && toasts.push(change.text)))

    anna.press('Повторить')
    anna.press('Повторить')
    await eventually(async () => (await handled('answered')) === 2)

    expect(assistant.questions).toHaveLength(2)
    expect(anna.urls()).toHaveLength(1)
    expect(toasts.filter(text => text !== '')).toHaveLength(1)
  })

  test('a press that is delivered again after a kill finds the request and is answered', async () => {
    const { anna, assistant, users, handled } = await afterFailure(request)
    assistant.remembered = [request]
    users.delivered.set('press:7:2:again_r1', { delivery: 'repeat', cart: null })

    anna.press('Повторить')
    await eventually(async () => (await handled('answered')) === 1)

    expect(assistant.questions.at(-1)).toMatchObject({ text: 'молоко и хлеб', maybeRepeat: true })
  })

  test('a request that has expired is not answered', async () => {
    const { anna, assistant, handled } = await afterFailure(request)
    assistant.remembered = []

    anna.press('Повторить')
    await eventually(async () => (await handled('answered')) === 1)

    expect(assistant.questions).toHaveLength(1)
    expect(anna.read()).toHaveLength(1)
  })

  test('another failure brings another apology with a button', async () => {
    const { anna, assistant } = await afterFailure(request)
    const second: Unfinished = { ...request, id: 'r2' }
    assistant.respond = () => {
      assistant.remembered = [second, ...assistant.remembered]
      return anAnswer({ text: null, error: new RateLimitError('gigachat', 'busy'), unfinished: second })
    }

    anna.press('Повторить')
    await eventually(() => anna.read().length === 2)
    await eventually(() => assistant.remembered.length === 1)

    expect(anna.last()).toContain('Сейчас слишком много желающих')
    expect(anna.buttons()).toEqual(['Повторить', 'Повторить'])
    expect(assistant.remembered).toEqual([second])
  })
})

describe('the shop gives no link', () => {
  const failed = () => afterFailure(cart, new McpError('unavailable', 'down', true))

  test('the list that was found is shown with its total, the code, and a button', async () => {
    const { anna, events } = await failed()

    expect(anna.last()).toContain('Список готов, а ссылку ВкусВилл пока не отдаёт. Вот что нашлось:')
    expect(anna.last()).toContain('Молоко 3,2 %')
    expect(anna.last()).toContain('178')
    expect(anna.last()).toContain(`${events[0]?.requestId}, @vv_help`)
    expect(anna.buttons()).toEqual(['Собрать ссылку'])
    expect(events).toMatchObject([{ type: 'bot_error', metadata: { error_type: 'MCPError' } }])
  })

  test('the button makes the link without asking the assistant anything', async () => {
    const { anna, assistant } = await failed()

    anna.press('Собрать ссылку')
    anna.press('Собрать ссылку')
    await eventually(() => assistant.remembered.length === 0 && anna.urls().length === 1)

    expect(assistant.remade).toEqual(['c1'])
    expect(assistant.questions).toHaveLength(1)
    expect(anna.last()).toMatch(/^Вот/)
  })
})

test('without a contact in the settings the apology ends with the code', async () => {
  const { user, users, assistant, events } = await startBot()
  users.set(7, { consentVersion })
  assistant.respond = () => anAnswer({ text: null, error: down })

  user(7).say('молоко')
  await eventually(() => user(7).read().length === 1)

  expect(user(7).last()).toMatch(new RegExp(`Код для поддержки: ${events[0]?.requestId}$`))
})
