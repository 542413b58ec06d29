import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeError } from './describe-error.ts'
import { toSourcePositions } from './source-positions.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'positions-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Compiled files: line 2, column 3 of `work.js` is line 41, column 5 of `src/work.ts`; `broken.js` has no valid map. */
function compile() {
  const map = { version: 3, file: 'work.js', sources: ['src/work.ts'], names: [], mappings: ';EAwCI' }
  writeFileSync(join(folder, 'work.js.map'), JSON.stringify(map))
  writeFileSync(join(folder, 'broken.js.map'), '{')
  return (name: string) => pathToFileURL(join(folder, name)).href
}

test('a frame of a compiled file shows its place in the source, in the stack of a logged error too', () => {
  const url = compile()
  const stack = `Error: failed\n    at work (${url('work.js')}:2:3)\n    at node:internal/timers:594:17`
  const expected = `    at work (${join(folder, 'src/work.ts')}:41:5)\n    at node:internal/timers:594:17`

  expect(toSourcePositions(stack)).toBe(`Error: failed\n${expected}`)
  expect(describeError(Object.assign(new Error('failed'), { stack })).stack).toBe(expected)
})

test.each(['broken.js:1:1', 'missing.js:1:1', 'work.js:1:1'])('a frame without a map stays as it is: %s', position => {
  const frame = `    at ${compile()(position)}`

  expect(toSourcePositions(frame)).toBe(frame)
})
