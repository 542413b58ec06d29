import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runBot } from '../support/bot-process.ts'

/** A folder with such a `.env`. */
function folderWith(env: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'env-'))
  writeFileSync(join(folder, '.env'), env)
  return folder
}

const live = 'BOT_TOKEN=42:abcdefghijklmnopqrstuvwxyz-0123456\nGIGACHAT_CREDENTIALS=aWQ6c2VjcmV0\n'

test.each([
  ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${live}`)],
  ['UTF-16 with a byte order mark', Buffer.from(`\uFEFF${live.replaceAll('\n', '\r\n')}`, 'utf16le')],
])('settings in %s are those of the bot: only what is not in the file is missing', async (_, env) => {
  const bot = runBot({ NODE_ENV: 'production' }, folderWith(env))

  expect(await bot.exit).toBe(1)
  expect(bot.output().trim()).toBe('settings are wrong:\n  - DATABASE_URL: is required when NODE_ENV=production')
})

test('a name in .env that no setting has is reported at the start, also in production, without its value', async () => {
  const bot = runBot({ NODE_ENV: 'production' }, folderWith(live.replace('GIGACHAT_', 'GIGACHAD_')))

  expect(await bot.exit).toBe(1)
  expect(bot.output()).toContain(
    '.env: no setting has the name GIGACHAD_CREDENTIALS (did you mean GIGACHAT_CREDENTIALS?), so it changes nothing',
  )
  expect(bot.output()).not.toContain('aWQ6c2VjcmV0')
})

test('a .env that is no file is refused in one sentence', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'env-'))
  mkdirSync(join(folder, '.env'))
  const bot = runBot({}, folder)

  expect(await bot.exit).toBe(1)
  expect(bot.output()).toMatch(/^\.env cannot be read \(EISDIR\): make it a file/)
})
