import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v5 } from 'uuid'
import { expect, onTestFinished, test } from 'vitest'
import { diskFiles, type Files } from '../process/files.ts'
import { createCartJournal, keptMs } from './cart-journal.ts'
import type { CartFact } from './facts.ts'

const madeAt = new Date('2026-02-03T12:00:00Z')
const id = (name: string) => v5(name, '11111111-1111-5111-8111-111111111111')
const cart = (name: string, { userId = 7, together = [] as string[], at = madeAt } = {}): CartFact => ({
  kind: 'cart',
  id: id(`cart of ${name}`),
  userId,
  at,
  requestId: '0123456789AB',
  messageFactId: id(name),
  alsoAnswers: together.map(id),
  totalSum: 1380,
  scenario: 'search',
  affiliateTag: null,
  revises: false,
  cart: { lines: [], totalMinor: 138_000, link: `https://vkusvill.ru/?share_basket=${name}` },
})

/** A disk, journals of processes on it, and how often it was synced. */
function setup(now = () => madeAt) {
  const dataDir = mkdtempSync(join(tmpdir(), 'carts-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  const dir = join(dataDir, 'spool', 'carts')
  let appends = 0
  const files: Files = {
    ...diskFiles,
    openAppend: async path => {
      const file = await diskFiles.openAppend(path)
      const append = async (text: string) => {
        appends += 1
        await file.append(text)
      }
      return { ...file, append }
    },
  }
  return {
    dir,
    path: join(dir, 'carts.ndjson'),
    start: () => createCartJournal(dataDir, now, files),
    text: () => readFileSync(join(dir, 'carts.ndjson'), 'utf8'),
    appends: () => appends,
  }
}

test('the next process finds what was not shown, by each message it answers, and nothing of what was shown', async () => {
  const { start } = setup()
  const first = start()
  await first.add(cart('a', { together: ['b'] }))
  await first.add(cart('shown', { together: ['also shown'] }))
  await first.remove(id('shown'))
  await first.add(cart('c'))

  const next = start()

  const names = ['a', 'b', 'c', 'shown', 'also shown', 'never']
  expect(await Promise.all(names.map(name => next.find(id(name))))).toEqual([
    cart('a', { together: ['b'] }),
    cart('a', { together: ['b'] }),
    cart('c'),
    null,
    null,
    null,
  ])
})

test('what was shown is in the file before its message is dealt with: the next process finds only what was not, and empties it', async () => {
  const { start, text } = setup()
  const first = start()
  await Promise.all([first.add(cart('shown')), first.add(cart('a'))])
  await first.remove(id('shown'))

  const next = start()
  const found = await Promise.all(['shown', 'a'].map(name => next.find(id(name))))
  await next.remove(id('a'))

  expect(found).toEqual([null, cart('a')])
  expect(text()).toBe('')
})

test('carts made at the same time share a write; when all are shown the file is empty', async () => {
  const { start, text, appends } = setup()
  const journal = start()

  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(name => journal.add(cart(name))))
  expect(appends()).toBeLessThan(3)
  expect(text().match(/share_basket/g)).toHaveLength(5)

  for (const name of ['a', 'b', 'c', 'd', 'e']) await journal.remove(id(name))
  expect(text()).toBe('')
})

test('answered carts do not fill the file while another one waits', async () => {
  const { start, text } = setup()
  const journal = start()
  await journal.add(cart('waits'))

  for (let n = 0; n < 1_200; n++) {
    void journal.add(cart(`cart ${n}`))
    await journal.remove(id(`cart ${n}`))
  }

  expect(text().length).toBeLessThan(1_200 * 400)
  expect(await start().find(id('waits'))).toEqual(cart('waits'))
})

test('a line that a kill has cut, and what is no cart, hides no other cart', async () => {
  const { start, path } = setup()
  await start().add(cart('a'))
  appendFileSync(path, `\nnull\n{"answered":7}\n${JSON.stringify(cart('cut')).slice(0, 99)}`)

  const next = start()
  await next.add(cart('b'))

  const found = await Promise.all(['a', 'cut', 'b'].map(name => start().find(id(name))))
  expect(found).toEqual([cart('a'), null, cart('b')])
})

test('an erasure removes the carts of the user from the disk, also those that were shown, and no other', async () => {
  const { start, text } = setup()
  const journal = start()
  await journal.add(cart('mine'))
  await journal.add(cart('shown'))
  await journal.add(cart('of another', { userId: 8 }))
  await journal.remove(id('shown'))

  await journal.erase(7)

  expect(text()).not.toContain('"userId":7')
  expect(await journal.find(id('mine'))).toBeNull()
  await journal.add(cart('later'))
  const next = start()
  expect(await next.find(id('of another'))).toEqual(cart('of another', { userId: 8 }))
  expect(await next.find(id('later'))).toEqual(cart('later'))
})

test('what Telegram will not ask for again, and what is no journal, is dropped at the start', async () => {
  const { start, dir } = setup()
  await start().add(cart('old', { at: new Date(madeAt.getTime() - keptMs) }))
  writeFileSync(join(dir, 'carts.ndjson.tmp'), 'unfinished')

  expect(await start().find(id('old'))).toBeNull()
  expect(readdirSync(dir)).toEqual([])
})

test('without the disk a cart is found by the process that made it, and the next one goes to the disk that is back', async () => {
  const { start, dir } = setup()
  const journal = start()
  rmSync(dir, { recursive: true })
  writeFileSync(dir, 'a file where the directory should be')

  await journal.add(cart('a'))
  expect(await journal.find(id('a'))).toEqual(cart('a'))
  rmSync(dir)
  const next = start()
  await journal.add(cart('b'))

  expect(await next.find(id('b'))).toBeNull()
  expect(await start().find(id('b'))).toEqual(cart('b'))
})
