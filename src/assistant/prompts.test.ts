import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestRegistry, metricValue } from '../../test/support/metrics.ts'
import type { PromptVariant } from './prompt-variants.ts'
import { promptVersion } from './prompt-version.ts'
import { createPrompts } from './prompts.ts'
import { defineTool } from './tools/tool.ts'

const tool = defineTool({
  name: 'user_preferences_get',
  description: 'Что запомнено',
  schema: z.object({}),
  run: async () => ({ data: { ok: true } }),
})

function setup(variants: PromptVariant[] = []) {
  const register = createTestRegistry()
  const prompts = createPrompts({
    tools: [tool],
    variants,
    timeZone: 'Europe/Moscow',
    sessionKey: userId => `key of ${userId}`,
    register,
  })
  const isReported = (prompt_version: string) => metricValue(register, 'bot_prompt_info', { prompt_version })
  return { prompts, isReported }
}

const users = Array.from({ length: 2_000 }, (_, i) => i + 1)
const text = { instructions: ['Помогай'], functions: [tool.spec] }

describe('the version', () => {
  test('is short and the same for the same text', () => {
    expect(promptVersion(text)).toMatch(/^[0-9a-f]{12}$/)
    expect(promptVersion(structuredClone(text))).toBe(promptVersion(text))
  })

  test.each([
    ['one letter of the instructions', { ...text, instructions: ['Помогаи'] }],
    ['a description', { ...text, functions: [{ ...tool.spec, description: 'Память' }] }],
    ['a name', { ...text, functions: [{ ...tool.spec, name: 'preferences' }] }],
    ['a schema', { ...text, functions: [{ ...tool.spec, parameters: { type: 'object', required: ['q'] } }] }],
    ['the order of the functions', { ...text, functions: [{ ...tool.spec, name: 'a' }, tool.spec] }],
  ])('changes with %s', (_what, changed) => {
    expect(promptVersion(changed)).not.toBe(promptVersion(text))
  })
})

test('without variants everyone gets the usual prompt, and the metric names it', async () => {
  const { prompts, isReported } = setup()

  const versions = new Set(users.map(id => prompts.of(id).version))

  expect(versions.size).toBe(1)
  expect(await isReported(prompts.of(1).version)).toBe(1)
})

test('a variant gets about its share of the users, each keeps theirs, and every version is reported', async () => {
  const variants = [
    { share: 20, instructions: 'Отвечай короче' },
    { share: 5, tools: { user_preferences_get: 'Что помнишь' } },
  ]
  const { prompts, isReported } = setup(variants)

  const given = users.map(id => prompts.of(id))
  const again = setup(variants).prompts

  const by = (test: (prompt: (typeof given)[number]) => boolean) => given.filter(test).length / users.length
  expect(by(prompt => prompt.system(new Date()).startsWith('Отвечай короче'))).toBeCloseTo(0.2, 1)
  expect(by(prompt => prompt.tools[0]?.spec.description === 'Что помнишь')).toBeCloseTo(0.05, 1)
  expect(users.map(id => again.of(id).version)).toEqual(given.map(prompt => prompt.version))
  const versions = [...new Set(given.map(prompt => prompt.version))]
  expect(versions).toHaveLength(3)
  expect(await Promise.all(versions.map(isReported))).toEqual([1, 1, 1])
})

test('a share that grows takes no user away from the variant', () => {
  const small = setup([{ share: 10, instructions: 'Отвечай короче' }]).prompts
  const grown = setup([{ share: 30, instructions: 'Отвечай короче' }]).prompts
  const isTried = (prompt: { system: (now: Date) => string }) => prompt.system(new Date()).startsWith('Отвечай короче')

  const before = users.filter(id => isTried(small.of(id)))

  expect(before.length).toBeGreaterThan(0)
  expect(before.every(id => isTried(grown.of(id)))).toBe(true)
})
