import { describe, expect, test } from 'vitest'
import { startTestBot } from '../support/bot.ts'

const cart = /Итого ≈/
const contact = '@vv_help'

async function start() {
  const bot = await startTestBot({ SUPPORT_CONTACT: contact })
  const joined = async (userId: number) => {
    const user = bot.user(userId)
    await user.join()
    return user
  }
  return {
    bot,
    joined,
    fault: (service: string, how: object) => bot.post('/sandbox/faults', { service, ...how }),
    cartsOf: (userId: number) => bot.events(userId, 'cart_created'),
  }
}

describe('a failure keeps the work', () => {
  test('GigaChat is down: «Повторить» answers the request once it is back, however often it is pressed', async () => {
    const { bot, joined, fault, cartsOf } = await start()
    const anna = await joined(201)
    await fault('gigachat', { mode: 'status', status: 402 })

    const apology = await anna.ask('собери корзину: молоко', /GigaChat сейчас не отвечает. Запрос я запомнил/)
    await fault('gigachat', { mode: 'none' })
    // a cart has a button of that name too
    for (let times = 0; times < 2; times += 1) await anna.press(/Повторить/, apology.message_id)
    await anna.reply(cart, apology.message_id)
    await anna.ask('/help', /Как это работает/)

    const [error] = await bot.events(201, 'bot_error')
    expect(apology.text).toContain(`${error?.request_id}, ${contact}`)
    expect(await cartsOf(201)).toHaveLength(1)
    expect((await anna.messages()).filter(({ text }) => cart.test(text))).toHaveLength(1)
  })

  test('the shop gives no link: the list is shown, and «Собрать ссылку» makes one cart without a token', async () => {
    const { bot, joined, fault, cartsOf } = await start()
    const boris = await joined(202)
    // found before, so that the search is answered while the shop is down
    await (await joined(203)).ask('собери корзину: кефир', cart)
    await fault('shop', { mode: 'status', status: 503 })

    const apology = await boris.ask('собери корзину: кефир', /Список готов, а ссылку ВкусВилл пока не отдаёт/)
    await fault('shop', { mode: 'none' })
    const tokens = () => bot.sql('select sum(tokens_used) as tokens from daily_stats')
    await expect.poll(async () => (await tokens())[0]?.tokens).not.toBeNull()
    const before = await tokens()
    await boris.press(/Собрать ссылку/)
    await boris.press(/Собрать ссылку/)
    const made = await boris.reply(cart, apology.message_id)
    await boris.ask('/help', /Как это работает/)

    expect(apology.text).toMatch(/Кефир/)
    expect(apology.text).toContain(contact)
    expect(made.buttons[0]?.[0]?.url).toMatch(/share_basket/)
    expect(await cartsOf(202)).toMatchObject([{ metadata: { cart_number: 1, scenario: 'search' } }])
    expect(await tokens()).toEqual(before)
  })

  test('«стоп» ends an answer whose model never answers: a sentence, no failure, no cart', async () => {
    const { bot, joined, fault, cartsOf } = await start()
    const vera = await joined(204)
    // the token for all calls is there before, and no message waits for it
    await (await joined(205)).ask('собери корзину: молоко', cart)
    await fault('gigachat', { mode: 'slow', delay_ms: 100_000 })

    await vera.send('собери корзину: сыр')
    await vera.ask('стоп', /Остановился, корзину не собирал/)
    await fault('gigachat', { mode: 'none' })
    const answer = await vera.ask('собери корзину: хлеб', cart)

    expect(answer.text).toMatch(/Хлеб/)
    expect(await bot.events(204, 'bot_error')).toEqual([])
    expect(await cartsOf(204)).toHaveLength(1)
  })
})
