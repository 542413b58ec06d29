import { expect, test } from 'vitest'
import { McpError, UpstreamError } from '../errors.ts'
import { logLevels } from './log-metrics.ts'
import { createLogger, type LoggerOptions } from './logger.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import { createRegistry } from './registry.ts'
import { withRequestContext } from './request-context.ts'
import { lossReasons, pushOutcomes } from './shipping-stats.ts'

function setup(options: Partial<LoggerOptions> = {}) {
  const written: string[] = []
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const { log, flush } = createLogger({
    level: 'info',
    env: 'test',
    dataDir: 'unused',
    spoolBytes: 0,
    register,
    now: () => new Date(1_763_824_000_123),
    output: { write: line => written.push(line) },
    ...options,
  })
  return { log, flush, written, register, lines: () => written.map(line => JSON.parse(line)) }
}

test('a line is JSON with its event, message, epoch milliseconds, and no host name', () => {
  const { log, lines } = setup()

  log.info('tool_call', { tool: 'search', outcome: 'ok', cached: false, duration_ms: 12.5 })

  expect(lines()).toEqual([
    {
      level: 30,
      time: 1_763_824_000_123,
      event: 'tool_call',
      tool: 'search',
      outcome: 'ok',
      cached: false,
      duration_ms: 12.5,
      msg: 'tool called',
    },
  ])
})

test('a line of an update has its request_id and the pseudonym of its user', async () => {
  const { log, lines } = setup()

  await withRequestContext({ requestId: '0123456789AB', userId: 7 }, async () => {
    await Promise.resolve()
    log.warn('upstream_retry', { upstream: 'shop', attempt: 2 })
  })
  log.warn('upstream_retry', { upstream: 'shop', attempt: 3 })

  expect(lines()).toMatchObject([
    { request_id: '0123456789AB', user_id: expect.stringMatching(/^[0-9a-z]{16}$/), attempt: 2 },
    { attempt: 3 },
  ])
  expect(lines()[1]).not.toHaveProperty('request_id')
})

/** Pseudonyms that become known when the test resolves them. */
function latePseudonyms() {
  let know: () => void = () => undefined
  const known = new Promise<void>(resolve => {
    know = resolve
  })
  const name = (userId: number) => `name-of-${'x'.repeat(userId)}`
  const pseudonyms: Pseudonyms = {
    of: async userId => {
      await known
      return name(userId)
    },
    ofNow: name,
    invalidate: () => undefined,
    connect: () => undefined,
  }
  return { pseudonyms, know }
}

test('lines wait for the pseudonym, and keep their order and original time', async () => {
  const { pseudonyms, know } = latePseudonyms()
  const clock = { ms: 1_000 }
  const { log, lines, flush } = setup({ pseudonyms, now: () => new Date(clock.ms) })

  log.info('llm_usage', { user_id: 7, call_number: 1 })
  clock.ms = 2_000
  log.info('llm_usage', { user_id: 7, call_number: 2 })
  log.info('admin_action', { target_user_id: 5, command: 'admin_block' })
  log.info('maintenance', { task: 'x' })
  clock.ms = 9_000
  expect(lines()).toMatchObject([{ event: 'maintenance', time: 2_000 }])
  know()
  await flush()

  expect(lines().slice(1)).toMatchObject([
    { user_id: 'name-of-xxxxxxx', call_number: 1, time: 1_000 },
    { user_id: 'name-of-xxxxxxx', call_number: 2, time: 2_000 },
    { target_user_id: 'name-of-xxxxx', time: 2_000 },
  ])
})

test('a process that ends writes the waiting lines with the pseudonyms it has', async () => {
  const { pseudonyms } = latePseudonyms()
  const { log, lines } = setup({ pseudonyms })

  log.info('llm_usage', { user_id: 7, call_number: 1 })
  process.emit('exit', 0)

  expect(lines()).toMatchObject([{ user_id: 'name-of-xxxxxxx', call_number: 1 }])
})

test('a field that its event does not declare is dropped, if it got past the compiler', () => {
  const { log, lines } = setup()
  const smuggled = { tool: 'search', text: 'куплю молоко', outcome: { text: 'ok' } } as unknown as { tool: string }

  log.info('tool_call', smuggled)

  expect(Object.keys(lines()[0])).toEqual(['level', 'time', 'event', 'tool', 'msg'])
})

test('strings are masked and cut', () => {
  const { log, lines } = setup()

  log.info('maintenance', { task: 'звонок на 8 916 123-45-67', detail: 'x'.repeat(5000) })

  expect(lines()[0].task).toBe('звонок на [phone]')
  expect(lines()[0].detail).toHaveLength(1000)
})

test('a line below the level is neither written nor counted', async () => {
  const { log, written, register } = setup({ level: 'warn' })

  log.info('bot_started', {})
  log.error('uncaught_error', { err: new TypeError('x') })

  expect(written).toHaveLength(1)
  const metrics = await register.metrics()
  expect(metrics).toMatch(/bot_log_lines_total\{level="info".*\} 0/)
  expect(metrics).toMatch(/bot_log_lines_total\{level="error".*\} 1/)
})

test('an AppError is logged with its message, masked, its code and causes', () => {
  const { log, lines } = setup()
  const cause = Object.assign(new Error('connect to db of Иван Петров'), { code: 'ECONNREFUSED' })

  log.error('upstream_failed', { err: new McpError('bad_arguments', 'call +79161234567', false, cause) })

  expect(lines()[0].err).toMatchObject({
    type: 'MCPError',
    message: 'shop: bad_arguments: call [phone]',
    code: 'bad_arguments',
    stack: expect.stringContaining('logger.test.ts'),
    cause: { type: 'Error', code: 'ECONNREFUSED' },
  })
})

test('nothing of another error is logged that may quote a user', () => {
  const { log, written } = setup()
  const words = 'молоко для Маши\n    at home, 5'
  const foreign = Object.assign(new RangeError(words, { cause: new Error(words) }), { code: words, detail: words })
  const emptied = new Error(words)
  void emptied.stack // rendered now, with the message at its head
  emptied.message = ''
  const renamed = Object.assign(new Error('secret'), { name: words })

  log.error('update_failed', { err: foreign })
  log.error('update_failed', { err: renamed })
  log.error('update_failed', { err: words })
  log.error('update_failed', { err: emptied })

  expect(written.join('')).not.toMatch(/молоко|Маши|home|secret/)
  expect(JSON.parse(written[0] ?? '').err).toMatchObject({ type: 'RangeError', cause: { type: 'Error' } })
  expect(JSON.parse(written[1] ?? '').err.type).toBe('Error')
  expect(JSON.parse(written[2] ?? '').err).toEqual({ type: 'string' })
})

test('an error that is its own cause ends after a few steps', () => {
  const { log, lines } = setup()
  const err = new UpstreamError('gigachat', 500, 'broken', true)
  err.cause = err

  log.error('upstream_failed', { err })

  expect(JSON.stringify(lines()[0]).match(/UpstreamError/g)).toHaveLength(5)
})

test('a field that throws when read is counted and does not throw', async () => {
  const { log, written, register } = setup()
  const trap = {
    get tool(): string {
      throw new Error('trap')
    },
  }

  log.info('tool_call', trap)

  expect(written).toEqual([])
  expect(await register.metrics()).toMatch(/bot_log_lines_lost_total\{reason="unwritable".*\} 1/)
})

test('every known series is 0 from the start', async () => {
  const { register } = setup()

  const samples = (await register.metrics()).split('\n').filter(line => /^bot_log_/.test(line))

  expect(samples).toHaveLength(logLevels.length + 1 + lossReasons.length + pushOutcomes.length + 4)
  expect(samples.filter(line => !line.endsWith(' 0'))).toEqual([])
})
