import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { findExpressions, hostileUnits } from './support/regular-expressions.ts'

/** The code that reads what users, the model and the shop write. */
const readers = [
  'src/shop',
  'src/assistant',
  'src/telegram',
  'src/telemetry/masking',
  'src/telemetry/masking.ts',
  'src/users',
  'src/assistant/links.ts',
]

const length = 100_000

/**
 * Processor time, which other programs on the machine do not change. The slowest linear expression takes 0.2 s for such a
 * text, the fastest quadratic one 5 s.
 */
const mostCpuMs = 1_500
/** What has not ended by then never will. */
const hangMs = 60_000

const worker = `
const { parentPort } = require('node:worker_threads')
parentPort.on('message', ({ source, flags, units, length }) => {
  for (const unit of units) {
    const body = unit.repeat(length / unit.length)
    for (const text of [body + '\\u0001', 'a' + body + '!']) {
      const expression = new RegExp(source, flags)
      const start = process.cpuUsage()
      if (expression.global) text.replace(expression, '')
      else expression.test(text)
      const { user, system } = process.cpuUsage(start)
      parentPort.postMessage({ unit, cpuMs: (user + system) / 1000 })
    }
  }
  parentPort.postMessage(null)
})`

test('no regular expression takes more than linear time for a hostile text', async () => {
  const expressions = await findExpressions(readers)
  expect(expressions.length).toBeGreaterThan(100)

  const slow: string[] = []
  let thread = new Worker(worker, { eval: true })
  for (const expression of expressions) {
    const units = hostileUnits(expression)
    const name = `${expression.file}: /${expression.source}/${expression.flags}`
    thread.postMessage({ ...expression, units, length })
    for (;;) {
      const [report] = await Promise.race([once(thread, 'message'), timeout(hangMs)])
      if (report === null) break
      if (report === 'hangs' || report.cpuMs > mostCpuMs) {
        slow.push(report === 'hangs' ? name : `${name} repeating ${JSON.stringify(report.unit)}`)
        await thread.terminate()
        thread = new Worker(worker, { eval: true })
        break
      }
    }
  }
  await thread.terminate()

  expect(slow).toEqual([])
}, 600_000)

const timeout = (ms: number) =>
  new Promise<['hangs']>(resolve => {
    setTimeout(resolve, ms, ['hangs']).unref()
  })
