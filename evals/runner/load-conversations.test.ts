import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expressionOf } from './conversation.ts'
import { loadConversations, readConversations } from './load-conversations.ts'

const problemsIn = (text: string) => readConversations(text).problems.map(({ line, problem }) => `${line}: ${problem}`)

const conversation = (step: string) => `
- id: milk
  about: Milk is milk.
  steps:
    - say: молоко
      expect: { cart: made }
    - ${step}
`

test('the conversations of the repository can be read, and are eighty at least', () => {
  expect(loadConversations('evals').length).toBeGreaterThanOrEqual(80)
})

test('each stands for one thing: no id and no sentence of purpose occurs twice', () => {
  const all = loadConversations('evals')

  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  expect(new Set(all.map(({ about }) => about)).size).toBe(all.length)
})

test.each([
  ['an unknown rule', 'say: хлеб\n      expect: { cheap: 1 }', /^8: expect: .*cheap/],
  ['a wrong value', 'say: хлеб\n      expect:\n        cart: maybe', /^9: expect\.cart: must be made or none$/],
  [
    'an unknown tool',
    'say: хлеб\n      expect:\n        calls: [search]',
    /^9: expect\.calls: names no tool: search; there are/,
  ],
  [
    'a pattern that is none',
    "say: хлеб\n      expect:\n        has: ['(хлеб']",
    /^9: expect\.has: is no regular expression$/,
  ],
  [
    'a range that is none',
    'say: хлеб\n      expect:\n        lines: few',
    /^9: expect\.lines: must be a number or a range/,
  ],
  ['an empty message', "say: ''", /^7: say: must not be empty$/],
  ['a step of no kind', 'shout: хлеб', /^7: must have say, press, wait_minutes or fault/],
  ['a gap without a reason', 'say: хлеб\n      known_gap: { cart: no }', /^8: known_gap\.cart: must say why/],
])('%s is reported with its line', (_what, step, problem) => {
  const problems = problemsIn(conversation(step))

  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(problem)
})

test('a text that is no YAML is reported with its line', () => {
  expect(problemsIn('- id: milk\n  about: [')).toEqual([expect.stringMatching(/^2: /)])
  expect(problemsIn('id: milk')).toEqual(['1: must be a list'])
})

test('all mistakes of all files are reported together, an id that occurs twice among them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evals-'))
  const good = conversation('say: хлеб')
  writeFileSync(join(folder, 'a.yaml'), good)
  writeFileSync(join(folder, 'b.yaml'), good)
  writeFileSync(join(folder, 'c.yaml'), '- id: Milk\n')

  expect(() => loadConversations(folder)).toThrow(
    /b\.yaml:2: the id milk stands in a\.yaml:2 already\n[\s\S]*c\.yaml:1: id: must be small letters/,
  )
})

test('a pattern knows neither case nor the difference of «е» and «ё»', () => {
  expect(expressionOf('свекл').test('Свёкла')).toBe(true)
  expect(expressionOf('мёд').test('МЕД цветочный')).toBe(true)
  expect(expressionOf('сыр (?!.*безлактоз)').test('Сыр безлактозный')).toBe(false)
})
