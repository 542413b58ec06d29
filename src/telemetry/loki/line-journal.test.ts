import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { openLineJournal } from './line-journal.ts'

let directory: string
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'journal-')), 'journal')
})

test('lines are in a file as soon as they are added, until what they were sealed in is removed', () => {
  const { journal } = openLineJournal(directory)

  journal.append('a\n')
  journal.append('b\nc\n')
  expect(openLineJournal(directory).left.map(({ read }) => read())).toEqual(['a\nb\nc\n'])

  const sealed = journal.seal()
  expect(sealed?.read()).toBe('a\nb\nc\n')
  sealed?.remove()
  expect(readdirSync(directory)).toEqual([])
})

test('there is nothing to seal without a new line', () => {
  const { journal } = openLineJournal(directory)
  journal.append('a\n')

  expect(journal.seal()).toBeDefined()
  expect(journal.seal()).toBeUndefined()
})

test('an earlier process leaves its lines in order, under the same numbers; new ones have others', () => {
  const first = openLineJournal(directory).journal
  const numbers = ['a\n', 'b\n', 'c\n'].map(line => {
    first.append(line)
    return first.seal()?.sequence
  })

  const { journal, left } = openLineJournal(directory)
  journal.append('d\n')

  expect(left.map(({ sequence, read }) => [sequence, read()])).toEqual([
    [numbers[0], 'a\n'],
    [numbers[1], 'b\n'],
    [numbers[2], 'c\n'],
  ])
  expect(numbers).not.toContain(journal.seal()?.sequence)
})

test('what is not a file of the journal is left alone; a file that cannot be read says so', () => {
  mkdirSync(join(directory, '0000000007.ndjson'), { recursive: true })
  writeFileSync(join(directory, 'notes.txt'), 'mine')

  const { left } = openLineJournal(directory)

  expect(left).toHaveLength(1)
  expect(() => left[0]?.read()).toThrow('EISDIR')
  left[0]?.remove()
  expect(existsSync(join(directory, '0000000007.ndjson'))).toBe(true)
})

test('without a disk lines wait in memory', () => {
  writeFileSync(directory, 'a file where the directory should be')
  const { journal } = openLineJournal(directory)

  journal.append('a\n')

  expect(journal.seal()?.read()).toBe('a\n')
})
