import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { startFixture, until } from './fixture.ts'
import { isLong, report } from './results.ts'

const chats = 1000

const megabytesOf = (pid: number | undefined): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

test.runIf(isLong)(
  `${chats} concurrent chats and a flood from one: all are served, the flood is refused politely, memory stays bounded`,
  async () => {
    const { url } = await createTestDatabase()
    const fixture = await startFixture({ DATABASE_URL: url })
    const bot = await fixture.bot()
    await bot.started()
    const flooder = fixture.user(99)
    await flooder.join()
    await flooder.reply(/Согласие записано/)
    const before = megabytesOf(bot.child.pid)
    await fixture.fault({ service: 'gigachat', mode: 'slow', delay_ms: 100 })
    let most = before
    const watching = setInterval(() => {
      most = Math.max(most, megabytesOf(bot.child.pid))
    }, 250)
    onTestFinished(() => clearInterval(watching))

    const startedAt = Date.now()
    const flood = Array.from({ length: 200 }, (_, i) => flooder.send(`собери корзину: молоко ${i}`))
    const users = Array.from({ length: chats }, (_, i) => fixture.user(1000 + i))
    await Promise.all([...flood, ...users.map(user => user.send('/start habr'))])
    for (const user of users) {
      await until(`the consent text for user ${user.userId}`, async () => (await user.messages()).length >= 3)
    }
    const servedS = (Date.now() - startedAt) / 1000
    await until('the flood is dealt with', async () => {
      const counts = [
        ...(await bot.metrics()).matchAll(/^bot_updates_total\{[^}]*type="(?:message|command)"[^}]*\} (\d+)/gm),
      ]
      return counts.reduce((sum, [, count]) => sum + Number(count), 0) >= chats + 200
    })

    const toFlooder = (await flooder.messages()).filter(({ from }) => from === 'bot')
    const polite = toFlooder.filter(({ text }) => /Ещё отвечаю|Вы пишете быстрее/.test(text))
    report({
      area: 'Overload',
      fault: `${chats} concurrent chats and 200 messages from one`,
      times: 1,
      saw: `all ${chats} served within ${servedS.toFixed(0)} s; the flood: ${toFlooder.length - polite.length - 3} answers, ${polite.length} polite refusals`,
      lost: 0,
      doubled: 0,
      recoveryS: null,
      alert: null,
      note: `${Math.round(before)} MB before, ${Math.round(most)} MB at most`,
    })
    expect(polite.length).toBeGreaterThan(0)
    expect(toFlooder.length).toBeLessThan(80)
    expect(most - before).toBeLessThan(150)
  },
  600_000,
)
