import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { StartupError } from '../errors.ts'
import { claimDataDir, dataDirsOf, lockDataDir } from './directory-lock.ts'

const newDir = () => mkdtempSync(join(tmpdir(), 'lock-'))
const built = new URL('../../dist/process/directory-lock.js', import.meta.url).href

/** A process that claims the folder, says whether it has it, and lives on. */
function claimant(dir: string) {
  const script = `
    import { claimDataDir } from '${built}'
    try { console.log('owner of ' + claimDataDir(process.argv[1]).dir) } catch (err) { console.log(err.message) }
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, output: once(child.stdout, 'data').then(([chunk]) => String(chunk).trim()) }
}
async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

test('a folder in use is refused with who holds it and what to do', async () => {
  const dir = newDir()
  const owner = claimant(dir)
  expect(await owner.output).toBe(`owner of ${dir}`)

  const claim = () => lockDataDir(dir)

  expect(claim).toThrow(StartupError)
  expect(claim).toThrow(`Process ${owner.child.pid} on host ${hostname()} since 20`)
  expect(claim).toThrow(/stop it first, .*Only a second, separate bot needs a DATA_DIR of its own/)
})

test('of four processes that start together over what a killed one left, one has the folder, time and again', async () => {
  const dir = newDir()
  for (let round = 0; round < 3; round++) {
    const claimants = [1, 2, 3, 4].map(() => claimant(dir))

    const output = await Promise.all(claimants.map(c => c.output))

    expect(output.filter(text => text === `owner of ${dir}`)).toHaveLength(1)
    expect(output.filter(text => /^(Process \d+|Another process) .*already works with/.test(text))).toHaveLength(3)
    await Promise.all(claimants.map(({ child }) => kill(child)))
  }
})

test.each(['', '1', String(process.pid), '999999999', 'process 1 on host elsewhere'])(
  'the content of the file (%j) locks no process out: a pid does not prove that it lives',
  text => {
    const dir = newDir()
    writeFileSync(join(dir, 'bot.lock'), text)

    lockDataDir(dir)()
  },
)

test('one process takes a folder once, and may take it again after the release', () => {
  const dir = newDir()
  const release = lockDataDir(dir)

  expect(() => lockDataDir(dir)).toThrow(StartupError)
  release()
  release()
  const again = lockDataDir(dir)

  expect(readFileSync(join(dir, 'bot.lock'), 'utf8')).toContain(`Process ${process.pid} `)
  again()
})

test('each replica gets a folder of its own, and the folder of one that ended is taken before a new one', async () => {
  const dir = join(newDir(), 'replica-{replica}')
  const named = (n: number) => `owner of ${dir.replace('{replica}', String(n))}`
  const [one, two, three] = [claimant(dir), claimant(dir), claimant(dir)]
  expect((await Promise.all([one.output, two.output, three.output])).sort()).toEqual([named(1), named(2), named(3)])

  await kill(two.child)
  const next = claimDataDir(dir)

  expect(`owner of ${next.dir}`).toBe(await two.output)
  next.release()
})

test('the folders of replicas are found again, running or not', () => {
  const dir = join(newDir(), 'replica-{replica}')
  const [one, two] = [claimDataDir(dir), claimDataDir(dir)]
  one.release()

  expect(dataDirsOf(dir)).toEqual([one.dir, two.dir])
  expect(dataDirsOf('/data')).toEqual(['/data'])
  two.release()
})

test('a folder that cannot be made is refused with its name', () => {
  const file = join(newDir(), 'file')
  writeFileSync(file, '')

  expect(() => lockDataDir(join(file, 'data'))).toThrow(/DATA_DIR .* cannot be created/)
})
