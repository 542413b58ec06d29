import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { toSourcePositions } from '../src/telemetry/source-positions.ts'
import { startConnectProxy } from './support/connect-proxy.ts'

const script = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))
let folder: string

const build = (...entry: string[]) =>
  promisify(execFile)(process.execPath, [script, 'tsconfig.json', 'dist', ...entry], { cwd: folder })
const source = (name: string) => join(folder, 'src', name)
const output = (name: string) => readFileSync(join(folder, 'dist', name), 'utf8')

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'build-'))
  mkdirSync(join(folder, 'src/room/sql'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'package-lock.json'), '{}')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    '{"compilerOptions":{"outDir":"dist","rootDir":"src"},"include":["src"]}',
  )
  writeFileSync(source('room/main.ts'), 'export const answer: number = 1\n')
  writeFileSync(source('room/sql/one.sql'), 'select 1')
  await build()
})

test('compiles the sources and copies the SQL beside them', () => {
  expect(output('room/main.js')).toContain('answer = 1')
  expect(output('room/sql/one.sql')).toBe('select 1')
})

test('does nothing while the sources say the same, whatever their times', async () => {
  const before = statSync(join(folder, 'dist/room/main.js')).mtimeMs
  utimesSync(source('room/main.ts'), new Date(), new Date())

  await build()

  expect(statSync(join(folder, 'dist/room/main.js')).mtimeMs).toBe(before)
})

test('compiles again after an edit, a new file, a removed file', async () => {
  writeFileSync(source('room/main.ts'), 'export const answer: number = 2\n')
  await build()
  expect(output('room/main.js')).toContain('answer = 2')

  writeFileSync(source('room/sql/two.sql'), 'select 2')
  await build()
  expect(output('room/sql/two.sql')).toBe('select 2')

  rmSync(source('room/sql/two.sql'))
  await build()
  expect(() => output('room/sql/two.sql')).toThrow('ENOENT')
})

test('compiles again when a file changed that the folders only import', async () => {
  mkdirSync(join(folder, 'tools'))
  writeFileSync(join(folder, 'tools/cli.ts'), "export { answer } from '../src/room/main.js'\n")
  writeFileSync(
    join(folder, 'tools.json'),
    '{"compilerOptions":{"outDir":"out","rootDir":".","incremental":true,"tsBuildInfoFile":"out/.tsbuildinfo"},"include":["tools"]}',
  )
  const buildTools = () => promisify(execFile)(process.execPath, [script, 'tools.json'], { cwd: folder })
  await buildTools()
  writeFileSync(source('room/main.ts'), 'export const answer: number = 3\n')

  await buildTools()

  expect(readFileSync(join(folder, 'out/src/room/main.js'), 'utf8')).toContain('answer = 3')
})

test('a failed compilation is reported and repeated at the next call', async () => {
  writeFileSync(source('room/main.ts'), 'export const answer: number = "two"\n')
  await expect(build()).rejects.toMatchObject({ code: 2, stdout: expect.stringContaining('not assignable') })
  await expect(build()).rejects.toMatchObject({ code: 2 })
})

test('an entry is bundled with what it imports, and positions in the bundle lead to the sources', async () => {
  writeFileSync(source('room/fails.ts'), 'export function fails(): never {\n\n  throw new Error()\n}\n')
  writeFileSync(source('main.ts'), "import { fails } from './room/fails.js'\n\nfails()\n")

  await build('src/main.ts')

  rmSync(join(folder, 'dist/room'), { recursive: true })
  const { stderr } = await promisify(execFile)(process.execPath, [join(folder, 'dist/main.js')]).catch(err => err)
  expect(toSourcePositions(stderr)).toContain(`${source('room/fails.ts')}:3:`)
  expect(toSourcePositions(stderr)).toContain(`${source('main.ts')}:3:`)
})

test('a bundle has what it uses of undici and node-fetch, and all of them only when it fetches', async () => {
  const server = createServer((req, res) => res.end(`${req.method} ${req.url} `)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await startConnectProxy(port)
  writeFileSync(
    join(folder, 'entry.js'),
    `import { Agent, EnvHttpProxyAgent, fetch, request } from 'undici'
    import nodeFetch from 'node-fetch'
    const url = 'http://127.0.0.1:${port}'
    const text = async answer => process.stdout.write(await answer.text())
    const agents = [new Agent(), new EnvHttpProxyAgent({ httpProxy: '${proxy.url}', noProxy: '' })]
    for (const dispatcher of agents)
      await text((await request(url + '/a?b=c', { method: 'POST', body: 'd', dispatcher })).body)
    for (const dispatcher of agents) await text(await fetch(url + '/e', { method: 'PUT', dispatcher }))
    await text(await nodeFetch(url + '/f'))
    process.exit()`,
  )
  const script = new URL('../scripts/bundle.mjs', import.meta.url).href
  const run = `import { bundle } from '${script}'; await bundle('${join(folder, 'entry.js')}', '${join(folder, 'out')}')`
  const root = fileURLToPath(new URL('..', import.meta.url))

  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', run], { cwd: root })

  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'out/entry.js')])
  expect(stdout).toBe('POST /a?b=c POST /a?b=c PUT /e PUT /e GET /f ')
  expect(proxy.tunnels).not.toEqual([])
  const loaded = filesLoadedBy(join(folder, 'out/entry.js')).map(file => readFileSync(file, 'utf8'))
  expect(loaded.join()).toContain('EnvHttpProxyAgent')
  expect(loaded.join()).not.toMatch(/MockAgent|WebSocketStream|mappingTable/)
})

/** A file and what it imports statically. */
function filesLoadedBy(file: string, found = new Set<string>()): string[] {
  found.add(file)
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^import .*"\.\/(.+)";$/gm))
    if (!found.has(join(dirname(file), name))) filesLoadedBy(join(dirname(file), name), found)
  return [...found]
}
