import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { StartupError } from './errors.ts'
import { lockDataDir } from './process/directory-lock.ts'

const newDir = () => mkdtempSync(join(tmpdir(), 'lock-'))

test('a folder held by a living bot is refused with what to do', async () => {
  const dir = newDir()
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  onTestFinished(() => void other.kill('SIGKILL'))
  await once(other, 'spawn')
  writeFileSync(join(dir, 'bot.lock'), String(other.pid))

  const claim = () => lockDataDir(dir)

  expect(claim).toThrow(StartupError)
  expect(claim).toThrow(`Process ${other.pid}`)
})

test('what a killed bot left behind is taken over', () => {
  const dir = newDir()
  writeFileSync(join(dir, 'bot.lock'), '999999999')

  const release = lockDataDir(dir)
  release()

  expect(existsSync(join(dir, 'bot.lock'))).toBe(false)
})

test('a folder that cannot be made is refused with its name', () => {
  const file = join(newDir(), 'file')
  writeFileSync(file, '')

  expect(() => lockDataDir(join(file, 'data'))).toThrow(/DATA_DIR .* cannot be created/)
})
