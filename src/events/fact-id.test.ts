import { expect, test } from 'vitest'
import { factId } from './fact-id.ts'

test('an act of an update has one id, however often it is asked for', () => {
  expect(factId('100:7', 'start')).toBe(factId('100:7', 'start'))
})

test('acts and updates that differ have different ids', () => {
  const ids = [factId('100:7', 'start'), factId('100:7', 'message'), factId('100:8', 'start'), factId('100', '7/start')]

  expect(new Set(ids).size).toBe(ids.length)
})
