import { expect, test } from 'vitest'
import { createCallHealth } from './call-health.ts'
import type { McpCallOutcome } from './metrics.ts'
import { createTestClock } from './testing/test-clock.ts'

function setup() {
  const clock = createTestClock()
  const health = createCallHealth(clock.now)
  const note = (outcome: McpCallOutcome, times: number) => {
    for (let i = 0; i < times; i += 1) health.note(outcome)
  }
  return { clock, health, note }
}

test('five failures that are more than three in ten are a problem, for five minutes', () => {
  const { clock, health, note } = setup()
  note('ok', 10)
  note('failed', 3)
  note('timeout', 1)

  expect(health.problem()).toBeUndefined()
  note('rate_limited', 1)
  expect(health.problem()).toBe('5 of 15 calls failed within 5 minutes')
  clock.advance(300_001)
  expect(health.problem()).toBeUndefined()
})

test('refusals are a problem only when nothing else comes', () => {
  const { health, note } = setup()
  note('refused', 10)

  expect(health.problem()).toBe('all 10 calls within 5 minutes were refused')
  note('ok', 1)
  expect(health.problem()).toBeUndefined()
})

test('calls that were held back say nothing of the shop', () => {
  const { health, note } = setup()
  note('not_sent', 100)

  expect(health.problem()).toBeUndefined()
})
