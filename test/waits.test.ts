import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const rooms = ['src', 'test', 'grafana', 'prometheus', 'bench', 'evals', 'scripts']

/** Every test, and what tests share. */
const files = rooms
  .flatMap(room => readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map(path => join(room, path)))
  .filter(file => /\.test\.ts$|\/(?:testing|support)\/.*\.ts$/.test(file))
  .map(file => ({ file, text: readFileSync(join(root, file), 'utf8') }))

const millisecondsOf = (text: string) => Number(text.replaceAll('_', ''))

/** Waits of Vitest with a limit of their own, and the limit in milliseconds. Those without have that of vitest.config.ts. */
const readLimits = (): { file: string; limitMs: number }[] =>
  files.flatMap(({ file, text }) => {
    const waits = [...text.matchAll(/\.poll\(|vi\s*\.\s*wait(?:For|Until)\(/g)]
    return waits.map(({ 0: call, index }) => {
      const own = /\btimeout: ([\d_]+)/.exec(argumentsAt(text, index + call.length))?.[1]
      return { file, limitMs: own === undefined ? (call === '.poll(' ? Infinity : 0) : millisecondsOf(own) }
    })
  })

/** Tests with a limit of their own: as the last argument, as an option, or by a name. */
const readTestLimits = (): { file: string; limitMs: number }[] =>
  files.flatMap(({ file, text }) =>
    [
      ...text.matchAll(
        /^\s*\}, ([\d_]{4,})\)$|^\s*\},\n\s*([\d_]{4,}),\n\s*\)|\{\s*timeout: ([\d_]+),?\s*\}, async|^const timeout = ([\d_]+)$/gm,
      ),
    ].map(([, ...own]) => ({ file, limitMs: millisecondsOf(own.find(one => one !== undefined) ?? '') })),
  )

/** The text from `start` to the bracket that closes the call. */
function argumentsAt(text: string, start: number): string {
  let depth = 1
  let end = start
  while (depth > 0 && end < text.length) {
    if (text[end] === '(') depth += 1
    if (text[end] === ')') depth -= 1
    end += 1
  }
  return text.slice(start, end)
}

test('no test fails because the machine is slow: what it waits for has a minute at least', () => {
  const limits = readLimits()

  expect(limits.length).toBeGreaterThan(50)
  expect(limits.filter(({ limitMs }) => limitMs < 60_000)).toEqual([])
})

test('no test has less time than vitest.config.ts gives every test', () => {
  const limits = readTestLimits()

  expect(limits.length).toBeGreaterThan(10)
  expect(limits.filter(({ limitMs }) => limitMs < 180_000)).toEqual([])
})
