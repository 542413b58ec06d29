import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { loadPromptVariants } from './prompt-variants.ts'

const folderWith = (text: string) => {
  const dir = mkdtempSync(join(tmpdir(), 'prompts-'))
  writeFileSync(join(dir, 'b.yaml'), text)
  return dir
}
const load = (dir: string) => loadPromptVariants({ dir, variants: [{ name: 'b', share: 20 }] })
const problemOf = (dir: string) => {
  try {
    load(dir)
  } catch (err) {
    return err instanceof ConfigError ? err.message : String(err)
  }
  return 'none'
}

test('a file replaces instructions, descriptions or both', () => {
  const dir = folderWith('instructions: |\n  Помогай.\n  Коротко.\ntools:\n  user_preferences_get: Что было\n')

  expect(load(dir)).toEqual([
    { share: 20, instructions: 'Помогай.\nКоротко.', tools: { user_preferences_get: 'Что было' } },
  ])
})

test('no variant, no file', () => {
  expect(loadPromptVariants({ dir: '/nowhere', variants: [] })).toEqual([])
})

test.each([
  ['no YAML', 'instructions: [', /PROMPT_VARIANTS: b: .*b\.yaml: .* at line 1, column 16/],
  ['no text', 'instructions: 5', /instructions: must be a text/],
  ['an empty text', "instructions: ' '", /instructions: must not be empty/],
  ['nothing', '', /Invalid input|holds neither/],
  ['nothing of use', '{}', /holds neither instructions nor tools/],
  ['an unknown key', 'prompt: Помогай', /prompt/],
  ['an unknown tool', 'tools: { search: Ищи }', /tools: .*search|tools: search/],
])('a file with %s is refused in one sentence', (_what, text, problem) => {
  expect(problemOf(folderWith(text))).toMatch(problem)
})

test('a missing file is named', () => {
  expect(problemOf('/nowhere')).toMatch(/PROMPT_VARIANTS: b: \/nowhere\/b\.yaml cannot be read \(ENOENT\)/)
})
