import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import type { Conversation } from './conversation.ts'
import { startEvalBot } from './eval-bot.ts'
import { createReplayModel, loadRecordings } from './replay.ts'
import { runEvals } from './run-evals.ts'

const conversation: Conversation = {
  id: 'milk-and-bread',
  about: 'Milk and bread are milk and bread.',
  steps: [{ say: 'молоко и хлеб', expect: { cart: 'made', has: ['молоко', 'хлеб'], lines: { min: 2, max: 2 } } }],
}
const rest = {
  usage: { promptTokens: 900, completionTokens: 20, totalTokens: 920, precachedTokens: 0 },
  provider: 'gigachat',
  asked: 'GigaChat-2-Max',
  model: 'GigaChat-2-Max:2.0.28.2',
  responseTimeMs: 400,
}
const calls = (name: string, args: Record<string, unknown>) => ({
  ...rest,
  message: { role: 'assistant', content: '', function_call: { name, arguments: args } },
  finishReason: 'function_call',
})
const recording = {
  source: 'a model of the test',
  conversations: {
    'milk-and-bread': [
      calls('vkusvill_products_search', { queries: ['молоко', 'хлеб'] }),
      calls('vkusvill_cart_link_create', {
        products: [
          { xml_id: 173, q: 1 },
          { xml_id: 22_101, q: 1 },
        ],
      }),
      { ...rest, message: { role: 'assistant', content: 'Готово!' }, finishReason: 'stop' },
    ],
  },
}

const written = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'recordings-')), 'max.json')
  writeFileSync(file, text)
  return file
}

test('recorded turns replay as a model of their own, and are recorded again as they were', async () => {
  const recordings = loadRecordings(written(JSON.stringify(recording)))
  const replay = createReplayModel(recordings)
  const bot = await startEvalBot({ databaseUrl: (await createTestDatabase()).url, chat: replay })
  onTestFinished(() => bot.stop())

  const { result, recorded } = await runEvals(bot, [conversation], {
    model: 'replay',
    repeat: 1,
    onBegin: ({ id }) => replay.begin(id),
  })

  expect(result.conversations).toMatchObject([
    { id: 'milk-and-bread', turns: 3, tokens: 2760, costRub: 1.794, failed: [] },
  ])
  expect(recorded).toEqual(recording.conversations)
})

test('a recording that cannot be read is named', () => {
  expect(() => loadRecordings('/nowhere.json')).toThrow(/\/nowhere\.json cannot be read/)
  expect(() => loadRecordings(written('{"turns": 3}'))).toThrow(/max\.json is no recording/)
})
