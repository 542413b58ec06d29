import { expect, test } from 'vitest'
import { findWords, isChecked } from './check.ts'

const words = (path: string, source: string) => findWords(path, source).map(found => `${found.line} ${found.word}`)

test.each([
  ['a comment', '// waits for somebody', '1 somebody'],
  ['a docstring, on its own line', '/**\n * Names.\n * For people.\n */\nexport {}', '3 people'],
  ['an identifier, at its first place in the line', 'const onePerson = 1\nexport { onePerson }', '1 onePerson'],
  ['a property', 'export const a = { personId: 1 }', '1 personId'],
  ['a type', 'export type StandInOptions = { url: string }', '1 StandInOptions'],
  ['the name of a test', "test('the service is away', () => undefined)", '1 away'],
  ['a log message within a template', 'const a = 1\nlog.warn(`a batch was set aside`)', '2 set aside'],
  ['a phrase broken by the end of a line', '/**\n * Every batch is under\n * way.\n */\nexport {}', '2 under way'],
])('finds a word in %s', (_where, source, expected) => {
  expect(words('src/a.ts', source)[0]).toBe(expected)
})

test.each([
  ['Markdown', 'docs/a.md', '# A\n\nGone for good.', ['3 Gone', '3 for good']],
  ['SQL comments', 'src/a.sql', '-- kept by itself\nselect 1', ['1 by itself']],
  ['SQL names', 'src/a.sql', 'select person_id from t', ['1 person_id']],
  ['descriptions of alerts', 'prometheus/alerts/a.yml', 'summary: people wait', ['1 people']],
  ['the name of a file', 'src/telegram-stand-in.ts', 'export {}', ['1 stand-in']],
])('finds words in %s', (_where, path, source, expected) => {
  expect(words(path, source)).toEqual(expected)
})

test.each([
  ['words of the plan in quotation marks', '// «people» stays'],
  ['code in backticks', '// `person_id` of the plan'],
  ['a longer word', '// personal, impatiently, dearth, label, slotted'],
  ['another meaning', '// the status 410 Gone; strips away from the text; the base URL'],
  ['a value of one word', "const a = ['--user', 'nobody']"],
  ['Russian text', "const a = 'Человек ушёл'"],
])('spares %s', (_what, source) => {
  expect(words('src/a.ts', source)).toEqual([])
})

test('spares code in backticks in documents too', () => {
  expect(words('docs/a.md', 'the cause `not_announced`')).toEqual([])
})

test('says what to write instead', () => {
  expect(findWords('src/a.ts', '// a stand-in')).toEqual([{ path: 'src/a.ts', line: 1, word: 'stand-in', say: 'fake' }])
})

test('names the file that does not parse', () => {
  expect(() => findWords('src/a.ts', 'const = 1')).toThrow('src/a.ts')
})

test('reads source, SQL and documents, not what is generated or recorded', () => {
  const paths = [
    'src/a.ts',
    'src/sql/a.sql',
    'README.md',
    '.env.example',
    'grafana/generated/a.json',
    'migrations/schema.sql',
  ]

  expect(paths.filter(isChecked)).toEqual(['src/a.ts', 'src/sql/a.sql', 'README.md', '.env.example'])
})
