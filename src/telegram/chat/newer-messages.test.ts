import { describe, expect, test } from 'vitest'
import type { Question } from '../../assistant/assistant.ts'
import { sleep } from '../../process/sleep.ts'
import { consentVersion } from '../privacy/policy.ts'
import { anAnswer, createGate } from '../testing/fake-assistant.ts'
import { type BotOptions, eventually, fastSleep, startBot } from '../testing/start-bot.ts'

/** So long that only the wait for further messages is meant, and no test could sit it out. */
const togetherMs = 3_600_000

/** A user who has agreed, and an assistant whose first answer waits for `moment`. */
async function talking(options: BotOptions = {}) {
  const bot = await startBot(options)
  bot.users.set(7, { consentVersion })
  const asked: string[] = []
  const moment = createGate()
  bot.assistant.respond = async question => {
    asked.push(question.text)
    if (asked.length === 1) await moment.passed
    const newer = await question.takeNewer?.('turn', question.signal)
    return anAnswer({ text: `Ответ: ${[question.text, newer?.text].filter(Boolean).join(' | ')}` })
  }
  let arrived = 0
  bot.users.wasDone = async () => {
    arrived += 1
    return false
  }
  /** Until so many updates have come in; what follows the look-up counted here needs no further input. */
  const waiting = (count: number) => eventually(() => arrived >= count)
  return { ...bot, asked, moment, waiting, me: bot.user(7) }
}

const keysOf = (calls: readonly { method: string; argument?: unknown }[], name: string) =>
  calls.filter(({ method }) => method === name).map(({ argument }) => argument)

describe('messages sent while the first is being answered', () => {
  test('are taken into its answer in order, each counted and done once', async () => {
    const { me, asked, moment, handled, users, waiting } = await talking()

    me.say('молоко')
    await eventually(() => asked.length === 1)
    me.say('хлеб')
    me.say('и сыр')
    await waiting(3)
    moment.open()
    await eventually(async () => (await handled('answered')) === 3)

    expect(me.read()).toEqual(['Ответ: молоко | хлеб\nи сыр'])
    expect(asked).toEqual(['молоко'])
    expect(keysOf(users.calls, 'message')).toHaveLength(3)
    expect(new Set(keysOf(users.calls, 'done'))).toEqual(new Set(keysOf(users.calls, 'message')))
    expect(keysOf(users.calls, 'done')).toHaveLength(3)
  })

  test.each([
    ['a command', '/help'],
    ['what has no text', undefined],
  ])('wait for their own turn behind %s', async (_what, between) => {
    const { me, act, asked, moment, handled, waiting } = await talking()

    me.say('молоко')
    await eventually(() => asked.length === 1)
    if (between === undefined) act.send(7, { sticker: true })
    else me.say(between)
    me.say('хлеб')
    await waiting(3)
    moment.open()
    await eventually(async () => (await handled('answered')) === 3)

    expect(asked).toEqual(['молоко', 'хлеб'])
    expect([me.read()[0], me.last()]).toEqual(['Ответ: молоко', 'Ответ: хлеб'])
  })

  test('wait for their own turn where they would not fit into the text that is read', async () => {
    const { me, asked, moment, handled, waiting } = await talking()

    me.say('я'.repeat(4096))
    await eventually(() => asked.length === 1)
    me.say('ой, нет')
    await waiting(2)
    moment.open()
    await eventually(async () => (await handled('answered')) === 2)

    expect(asked[1]).toBe('ой, нет')
  })

  test('that have made a cart already wait for their own turn, which shows it', async () => {
    const { me, users, asked, moment, handled, waiting } = await talking()
    const message = users.message
    let seen = 0
    const cart = { lines: [], totalMinor: 1, link: 'https://vkusvill.ru/?share_basket=1' }
    users.message = async (...given) => {
      const outcome = await message(...given)
      seen += 1
      return outcome && seen > 1 ? { ...outcome, delivery: 'repeat', cart } : outcome
    }

    me.say('молоко')
    await eventually(() => asked.length === 1)
    me.say('хлеб')
    await waiting(2)
    moment.open()
    await eventually(async () => (await handled('answered')) === 2)

    expect(asked).toEqual(['молоко'])
    expect(me.last()).toContain('уже собрал')
  })

  test('get an answer of their own when that of the first breaks down', async () => {
    const { me, assistant, asked, waiting } = await talking()
    const moment = createGate()
    assistant.respond = async question => {
      asked.push(question.text)
      if (question.text !== 'молоко') return anAnswer({ text: `Ответ: ${question.text}` })
      await moment.passed
      await question.takeNewer?.('turn', question.signal)
      throw new Error('a bug')
    }

    me.say('молоко')
    await eventually(() => asked.length === 1)
    me.say('хлеб')
    await waiting(2)
    moment.open()
    await eventually(() => me.read().includes('Ответ: хлеб'))

    expect(asked).toEqual(['молоко', 'хлеб'])
  })
})

describe('before an answer is final', () => {
  const finish = (question: Question) => question.takeNewer?.('end', question.signal) ?? Promise.resolve(null)

  test('a message sent right after is waited for, and taken as soon as it comes', async () => {
    const waits: number[] = []
    const { me, assistant, handled } = await talking({
      togetherMs,
      sleep: async (ms, signal) => {
        if (ms < togetherMs / 2) return fastSleep(ms, signal)
        waits.push(ms)
        await sleep(ms, signal)
      },
    })
    assistant.respond = async question => anAnswer({ text: `Ответ: молоко, ${(await finish(question))?.text}` })

    me.say('молоко')
    await eventually(() => waits.length === 1)
    me.say('хлеб')
    await eventually(async () => (await handled('answered')) === 2)

    expect(me.read()).toEqual(['Ответ: молоко, хлеб'])
  })

  test('a lone message is answered once the time is over, part of which its answer has taken', async () => {
    const waits: number[] = []
    const { me, assistant, clock, handled } = await talking({
      togetherMs,
      sleep: async (ms, signal) => {
        if (ms < togetherMs / 4) return fastSleep(ms, signal)
        waits.push(ms)
      },
    })
    assistant.respond = async question => {
      clock.passedMs += togetherMs / 2
      return anAnswer({ text: `Ответ: ${JSON.stringify(await finish(question))}` })
    }

    me.say('молоко')
    await eventually(async () => (await handled('answered')) === 1)

    expect(me.read()).toEqual(['Ответ: null'])
    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeLessThanOrEqual(togetherMs / 2)
  })

  test.each([-1, 1])('a system clock set by %i days while it is answered changes nothing', async days => {
    const waits: number[] = []
    const { me, assistant, clock, handled } = await talking({
      togetherMs,
      sleep: async (ms, signal) => (ms < togetherMs / 4 ? fastSleep(ms, signal) : void waits.push(ms)),
    })
    assistant.respond = async question => {
      clock.offsetMs = days * 86_400_000
      clock.passedMs += togetherMs / 2
      return anAnswer({ text: `Ответ: ${JSON.stringify(await finish(question))}` })
    }

    me.say('молоко')
    await eventually(async () => (await handled('answered')) === 1)

    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeLessThanOrEqual(togetherMs / 2)
  })

  test('an answer that has taken longer than that waits for nothing', async () => {
    const waits: number[] = []
    const { me, assistant, clock, handled } = await talking({
      togetherMs,
      sleep: async (ms, signal) => (ms < togetherMs / 4 ? fastSleep(ms, signal) : void waits.push(ms)),
    })
    assistant.respond = async question => {
      clock.passedMs += togetherMs
      return anAnswer({ text: `Ответ: ${JSON.stringify(await finish(question))}` })
    }

    me.say('молоко')
    await eventually(async () => (await handled('answered')) === 1)

    expect(waits).toEqual([])
  })
})
