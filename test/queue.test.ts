import { expect, test } from 'vitest'
import { startTestBot } from './support/bot.ts'

test('while ten slow streams are in use the others see their place, leave by the stop button, and are answered', async () => {
  const bot = await startTestBot()
  const users = Array.from({ length: 12 }, (_, i) => bot.user(101 + i))
  await Promise.all(users.map(user => user.join()))
  await users[0]?.ask('молоко', /Итого/)
  const waiting = async () =>
    Number(/^bot_queue_waiting\S* (\d+)/m.exec(await (await fetch(bot.metricsUrl)).text())?.[1])

  await bot.post('/sandbox/faults', { service: 'gigachat', mode: 'slow', delay_ms: 55_000, rate: 1 })
  for (const user of users) await user.send('сыр')
  await expect.poll(waiting, { timeout: 60_000 }).toBe(2)
  // which two wait depends on who was faster
  const queued = async () => {
    const all = await Promise.all(users.map(async user => ({ user, messages: await user.messages() })))
    const places = all.flatMap(({ user, messages }) =>
      messages.flatMap(({ text }) => (/в очереди/.test(text) ? [{ user, place: text.replaceAll('\u00A0', ' ') }] : [])),
    )
    return places.sort((a, b) => a.place.localeCompare(b.place))
  }
  let shown: Awaited<ReturnType<typeof queued>> = []
  const showAll = async () => {
    shown = await queued()
    return shown.length
  }
  await expect.poll(showAll, { timeout: 60_000 }).toBe(2)
  // not sooner: a call that has its stream may not have reached the model yet, and would be answered fast
  await bot.post('/sandbox/faults', { service: 'gigachat', mode: 'none', delay_ms: 0, rate: 0 })
  const [first, second] = shown
  const [leaves, stays] = [first?.user, second?.user]
  await leaves?.press(/^Стоп$/)
  await leaves?.reply(/^Остановился/)
  // their streams are free then, however long their calls would last
  const answering = users.filter(user => user !== leaves && user !== stays)
  await Promise.all(answering.map(user => user.ask('стоп', /^Остановился/)))
  await stays?.reply(/Итого/)

  expect(first?.place).toMatch(/^⏳ Вы 1-й в очереди, примерно /)
  // the progress is deleted after the answer has come
  const progress = async () => (await stays?.messages())?.filter(({ text }) => /в очереди|Думаю/.test(text))
  await expect.poll(progress, { timeout: 60_000 }).toEqual([])
})
