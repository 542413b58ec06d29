import { expect, test } from 'vitest'
import { alertKey } from './alert-key.ts'

test('the same name and labels are the same alert, in whatever order they come; another label is another alert', () => {
  const key = alertKey({ name: 'EventsLost', labels: { env: 'production', reason: 'refused' } })

  expect(alertKey({ name: 'EventsLost', labels: { reason: 'refused', env: 'production' } })).toBe(key)
  expect(alertKey({ name: 'EventsLost', labels: { env: 'production', reason: 'disk' } })).not.toBe(key)
  expect(alertKey({ name: 'LogsLost', labels: { env: 'production', reason: 'refused' } })).not.toBe(key)
})
