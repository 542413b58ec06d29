import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { StartupError } from '../errors.ts'
import { composeSettings, loadEnvFile, readEnvFile } from './env-file.ts'

const read = (text: string | Buffer) => readEnvFile('.env', typeof text === 'string' ? Buffer.from(text) : text)
const utf16 = (text: string) => Buffer.from(text, 'utf16le')

test.each<[name: string, bytes: Buffer]>([
  ['UTF-8', Buffer.from('BOT_TOKEN=1\nMCP_URL=2\n')],
  ['UTF-8 with a byte order mark', Buffer.from('\uFEFFBOT_TOKEN=1\nMCP_URL=2\n')],
  ['two byte order marks, as after joining files', Buffer.from('\uFEFF\uFEFFBOT_TOKEN=1\nMCP_URL=2\n')],
  ['UTF-16 of Windows Notepad', utf16('\uFEFFBOT_TOKEN=1\r\nMCP_URL=2\r\n')],
  ['UTF-16 in the other byte order', utf16('\uFEFFBOT_TOKEN=1\r\nMCP_URL=2\r\n').swap16()],
  ['line ends of Windows', Buffer.from('BOT_TOKEN=1\r\nMCP_URL=2')],
  ['line ends of an old Mac', Buffer.from('BOT_TOKEN=1\rMCP_URL=2\r')],
  ['export, quotes, spaces and comments', Buffer.from('export  BOT_TOKEN = "1" # mine\n# x\n\n  MCP_URL=\t\'2\' ')],
])('a file in %s is read', (_, bytes) => {
  expect(read(bytes)).toEqual({ values: { BOT_TOKEN: '1', MCP_URL: '2' }, problems: [] })
})

test('UTF-16 without a byte order mark is refused with what to do', () => {
  expect(() => read(utf16('BOT_TOKEN=secret\n'))).toThrow(/^\.env is not a text in UTF-8: save it again/)
})

test.each([
  ['a name with a letter too many', 'MCP_URLL=secret', /name MCP_URLL \(did you mean MCP_URL\?\)/],
  ['a name in small letters', 'bot_token=secret', /name bot_token \(did you mean BOT_TOKEN\?\)/],
  ['a name like none', 'FAVOURITE_FISH=secret', /name FAVOURITE_FISH, so/],
  ['a name that is nearly one of ours and looks like one of Node.js', 'NODE_ENVV=secret', /did you mean NODE_ENV\?/],
  ['a letter of another alphabet', 'ВOT_TOKEN=secret', /name \\u0412OT_TOKEN \(did you mean BOT_TOKEN\?\)/],
  ['an invisible letter', '\u200bBOT_TOKEN=secret', /name \\u200bBOT_TOKEN \(did you mean BOT_TOKEN\?\)/],
  ['the rest of a wrapped value', 'BOT_TOKEN=a\nc2VjcmV0secretPT0=', /name in line 2, so/],
  ['a value that ends in = after a colon', 'GIGACHAT_CREDENTIALS:secretV0==', /name in line 1, so/],
  ['a value that ends in = after a space', 'GIGACHAT_CREDENTIALS secretV0==', /line 1 is not NAME=value/],
  ['a name that is set twice', 'MCP_URL=a\nMCP_URL=secret', /MCP_URL is set more than once, the last one counts/],
  ['a line without =', 'BOT_TOKEN secret\nMCP_URL=a', /line 1 is not NAME=value/],
  ['a # inside a value', 'DATABASE_URL=postgres://u:p#secret@h/d', /line 1 is read up to the # only/],
  ['bytes of another encoding in a value', Buffer.from('SUPPORT_CONTACT=secret\xcf', 'latin1'), /not UTF-8/],
])('%s is reported, without the value', (_, text, sentence) => {
  const { problems } = read(text)

  expect(problems).toEqual([expect.stringMatching(sentence)])
  expect(problems.join()).not.toContain('secret')
})

test('names that other programs read are not reported', () => {
  const others = 'ALL_PROXY=a\nLC_ALL=b\nTZ=c\nNODE_OPTIONS=d\nPGSSLMODE=e\nCOMPOSE_PROFILES=f\n'

  expect(read(others + composeSettings.map(name => `${name}=x\n`).join('')).problems).toEqual([])
})

test('a value of several lines in quotes is read as it is', () => {
  expect(read('SUPPORT_CONTACT="one\ntwo three\n"')).toEqual({
    values: { SUPPORT_CONTACT: 'one\ntwo three\n' },
    problems: [],
  })
})

test('what the environment says already wins, and no file is no error', () => {
  const env = { BOT_TOKEN: 'mine' }

  loadEnvFile(new URL('../../sandbox.env', import.meta.url).pathname, env, () => undefined)
  loadEnvFile('/nonexistent/.env', env, () => undefined)

  expect(env).toMatchObject({ BOT_TOKEN: 'mine', GIGACHAT_SCOPE: 'GIGACHAT_API_CORP' })
})

test('a file that cannot be read is refused with its reason', () => {
  expect(() => loadEnvFile('/proc', {}, () => undefined)).toThrow(StartupError)
  expect(() => loadEnvFile('/proc', {}, () => undefined)).toThrow('/proc cannot be read (EISDIR)')
})

test('.env.example names every setting that docker compose alone reads, and nothing else', () => {
  const [, ofCompose = ''] = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').split('\n# ===')
  const listed = ofCompose.split('\n').flatMap(line => /^#? ?([A-Z][A-Z0-9_]+)=/.exec(line)?.[1] ?? [])

  expect(listed.sort()).toEqual([...composeSettings].sort())
})

test('.env.example and sandbox.env are read without a complaint', () => {
  for (const name of ['.env.example', 'sandbox.env'])
    expect(readEnvFile(name, readFileSync(new URL(`../../${name}`, import.meta.url))).problems).toEqual([])
})
