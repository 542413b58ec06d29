import { expect, test } from 'vitest'
import { TimeoutError } from '../../errors.ts'
import { createServiceWatch, type ServiceReading } from './service-watch.ts'

const ok: ServiceReading = { light: 'ok', cause: null }

function setup(read: () => Promise<ServiceReading>) {
  const clock = { at: new Date('2026-11-26T11:00:00Z') }
  const watch = createServiceWatch({ checks: [{ name: 'redis', read }], now: () => clock.at, timeoutMs: 20 })
  return { watch, clock, look: async () => (await watch.look())[0] }
}

test('a state keeps the time at which it was first seen, until it changes', async () => {
  let reading: ServiceReading = ok
  const { look, clock } = setup(async () => reading)
  const begun = clock.at
  await look()
  clock.at = new Date('2026-11-26T11:30:00Z')

  expect(await look()).toEqual({ name: 'redis', ...ok, since: begun, isSinceStart: true })

  reading = { light: 'failing', cause: 'timeout' }
  expect(await look()).toMatchObject({ light: 'failing', since: clock.at, isSinceStart: false })
  const failedAt = clock.at
  reading = { light: 'failing', cause: 'unreachable' }
  clock.at = new Date('2026-11-26T12:00:00Z')
  expect(await look()).toMatchObject({ cause: 'unreachable', since: failedAt })
})

test('a check that hangs, rejects or throws is a failing service', async () => {
  const hangs = setup(() => new Promise(() => undefined))
  const rejects = setup(() => Promise.reject(new Error('ECONNREFUSED')))
  const late = setup(() => Promise.reject(new TimeoutError('redis', 5)))
  const throws = setup(() => {
    throw new RangeError('x')
  })

  expect(await hangs.look()).toMatchObject({ light: 'failing', cause: 'timeout' })
  expect(await rejects.look()).toMatchObject({ light: 'failing', cause: 'unreachable' })
  expect(await late.look()).toMatchObject({ light: 'failing', cause: 'timeout' })
  expect(await throws.look()).toMatchObject({ light: 'failing', cause: 'unreachable' })
})

test('concurrent looks share one run of the checks', async () => {
  let runs = 0
  const { watch } = setup(async () => {
    runs += 1
    return ok
  })

  await Promise.all([watch.look(), watch.look()])
  await watch.look()

  expect(runs).toBe(2)
})
