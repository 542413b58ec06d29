import { expect, test } from 'vitest'
import { createTeardown } from './teardown.ts'

test('steps are undone in reverse, every one even when one fails, and only once', async () => {
  const undone: string[] = []
  const steps = createTeardown()
  steps.add(() => undone.push('first'))
  steps.add(() => {
    throw new Error('second')
  })
  steps.add(async () => undone.push('third'))

  const [one, two] = await Promise.allSettled([steps.run(), steps.run()])

  expect(undone).toEqual(['third', 'first'])
  expect([one?.status, two?.status]).toEqual(['rejected', 'rejected'])
})
