import { Api, InputFile } from 'grammy'
import { expect, test } from 'vitest'
import { serveTelegram, token } from '../../sandbox/telegram/testing/serve-telegram.ts'
import { toApiSignal } from './api-signal.ts'
import { createJsonCalls } from './json-calls.ts'

const nowhere = 'http://127.0.0.1:1'

/** Where calls without a file go, and where grammY itself would send them. */
async function setup(at: { calls: 'fake' | 'nowhere'; grammy: 'fake' | 'nowhere' }) {
  const fake = await serveTelegram()
  fake.act.send(7, { text: 'привет' })
  const url = (place: 'fake' | 'nowhere') => (place === 'fake' ? fake.url : nowhere)
  const api = new Api(token, { apiRoot: url(at.grammy) })
  api.config.use(createJsonCalls({ apiUrl: url(at.calls), token }))
  return { ...fake, api }
}

test('a message is sent and its answer read without grammY’s own request; null counts as left out', async () => {
  const { api, act } = await setup({ calls: 'fake', grammy: 'nowhere' })

  const sent = await api.raw.sendMessage({ chat_id: 7, text: 'ответ', ...JSON.parse('{"reply_markup":null}') })

  expect(act.messages(7).at(-1)).toMatchObject({ message_id: sent.message_id, text: 'ответ' })
})

test('a refusal comes back as Telegram’s answer', async () => {
  const { api } = await setup({ calls: 'fake', grammy: 'nowhere' })

  const refused = api.sendMessage(7, '<b>', { parse_mode: 'HTML' })

  await expect(refused).rejects.toMatchObject({ error_code: 400 })
})

test('a file goes grammY’s way', async () => {
  const { api, act } = await setup({ calls: 'nowhere', grammy: 'fake' })

  await api.sendDocument(7, new InputFile(Buffer.from('a,b'), 'table.csv'))

  expect(act.messages(7)).toHaveLength(2)
})

test.each(['garbage', 'reset'] as const)('%s is a failure', async mode => {
  const { api, faults } = await setup({ calls: 'fake', grammy: 'nowhere' })
  faults.set({ service: 'telegram', mode, status: 500, delay_ms: 0, rate: 1 })

  await expect(api.getMe()).rejects.toThrow()
})

test('an aborted call ends immediately', async () => {
  const { api, faults } = await setup({ calls: 'fake', grammy: 'nowhere' })
  faults.set({ service: 'telegram', mode: 'slow', status: 500, delay_ms: 60_000, rate: 1 })
  const ending = new AbortController()

  const asking = api.getMe(toApiSignal(ending.signal))
  ending.abort()

  await expect(asking).rejects.toThrow()
})
