import { describe, expect, test } from 'vitest'
import { silentLog } from '../../telemetry/log.ts'
import { createMessageRun } from '../message-run.ts'
import { createRecipeBook } from '../recipes/recipe-book.ts'
import { borscht } from '../testing/assistant-setup.ts'
import { createFakeRecorder, createFakeUsers, createScriptedChat, question } from '../testing/fakes.ts'

describe('the recipe book', () => {
  const message = (chat: ReturnType<typeof createScriptedChat>['chat'], signal = new AbortController().signal) =>
    createMessageRun(
      {
        chat,
        recordUsage: () => ({ calls: 1, tokens: 1, costRub: 0 }),
        readings: createFakeUsers().readings(),
        recorder: createFakeRecorder().recorder,
        log: silentLog,
        now: () => new Date(0),
        dayOf: () => '1970-01-01',
        promptVersion: 'aaaaaaaaaaaa',
        deadline: { leftMs: () => 120_000 },
        turn: { since: 0 },
      },
      question('борщ'),
      signal,
    )

  test('remembers a dish under any spelling and scales it', async () => {
    const { chat, requests } = createScriptedChat(borscht)
    const book = createRecipeBook()

    await book.find('Борщ', 4, message(chat))
    const second = await book.find('  борщ! ', 2, message(chat))

    expect(requests).toHaveLength(1)
    expect(second).toMatchObject({
      cached: true,
      ingredients: [{ quantity: 1 }, { quantity: 0.25 }, { quantity: 6 }, {}],
    })
  })

  test('asked twice concurrently, the model is asked once', async () => {
    const { chat, requests } = createScriptedChat(borscht)
    const book = createRecipeBook()

    const both = await Promise.all([book.find('борщ', 4, message(chat)), book.find('борщ', 8, message(chat))])

    expect(requests).toHaveLength(1)
    expect(both.map(r => r.ingredients[0]?.quantity)).toEqual([2, 4])
  })

  test('when the one who asked gives up, the other asks for themselves', async () => {
    const leaving = new AbortController()
    const { chat, requests } = createScriptedChat(
      (_request, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      borscht,
    )
    const book = createRecipeBook()

    const first = book.find('борщ', 4, message(chat, leaving.signal))
    const second = book.find('борщ', 4, message(chat))
    leaving.abort(new Error('aborted'))

    await expect(first).rejects.toThrow('aborted')
    expect((await second).ingredients).toHaveLength(4)
    expect(requests).toHaveLength(2)
  })

  test('an unknown dish is asked for again', async () => {
    const { chat, requests } = createScriptedChat('[]', borscht)
    const book = createRecipeBook()

    await book.find('борщ', 4, message(chat))
    const second = await book.find('борщ', 4, message(chat))

    expect(requests).toHaveLength(2)
    expect(second.cached).toBe(false)
  })
})
