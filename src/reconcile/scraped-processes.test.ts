import { expect, test } from 'vitest'
import type { Sample } from './counter-increase.ts'
import { readLifetimes } from './scraped-processes.ts'

const day = { from: new Date(0), to: new Date(1_000_000) }
const target = { job: 'bot', instance: '10.0.0.2:9464' }

/** Samples every 15 s from `from` to `to`, in seconds, without those in `leaveOut`. */
function scrapes(from: number, to: number, value: number, leaveOut: readonly number[] = []): Sample[] {
  const samples: Sample[] = []
  for (let at = from; at <= to; at += 15) if (!leaveOut.includes(at)) samples.push([at * 1000, value])
  return samples
}

test('one process all day: no end, no lost scrape', () => {
  const lifetimes = readLifetimes(
    [{ labels: target, samples: scrapes(0, 1_200, 5) }],
    [{ labels: target, samples: scrapes(0, 1_200, 1) }],
    day,
  )

  expect(lifetimes).toMatchObject({ seen: true, ended: 0, lostScrapes: 0 })
  expect(lifetimes.startedAt('bot 10.0.0.2:9464')(15_000)).toBe(5_000)
})

test('another start time at the same address: one process ended', () => {
  const samples = [...scrapes(0, 300, 5), ...scrapes(330, 1_200, 320)]

  const lifetimes = readLifetimes(
    [{ labels: target, samples }],
    [{ labels: target, samples: scrapes(0, 1_200, 1) }],
    day,
  )

  expect(lifetimes.ended).toBe(1)
})

test('a process that is still scraped has not ended, on a day that is not over', () => {
  const samples = scrapes(0, 900, 5)

  const lifetimes = readLifetimes([{ labels: target, samples }], [{ labels: target, samples: scrapes(0, 900, 1) }], day)

  expect(lifetimes.ended).toBe(0)
})

test('a process replaced by one at another address has ended', () => {
  const other = { job: 'bot', instance: '10.0.0.3:9464' }

  const lifetimes = readLifetimes(
    [
      { labels: target, samples: scrapes(0, 300, 5) },
      { labels: other, samples: scrapes(330, 1_200, 320) },
    ],
    [
      { labels: target, samples: scrapes(0, 300, 1) },
      { labels: other, samples: scrapes(330, 1_200, 1) },
    ],
    day,
  )

  expect(lifetimes).toMatchObject({ ended: 1, lostScrapes: 0 })
})

test('failed and missed scrapes are lost', () => {
  const up = scrapes(0, 1_200, 1, [150, 165, 600]).map(([at]): Sample => [at, at === 300_000 ? 0 : 1])

  const lifetimes = readLifetimes(
    [{ labels: target, samples: scrapes(0, 1_200, 5) }],
    [{ labels: target, samples: up }],
    day,
  )

  expect(lifetimes).toMatchObject({ lostScrapes: 4, ended: 0 })
})

test('a day before the first scrape is not seen', () => {
  const samples = scrapes(1_005, 1_200, 5)

  expect(readLifetimes([{ labels: target, samples }], [{ labels: target, samples }], day).seen).toBe(false)
})

test('processes that ended on another day, or of another job, are not counted', () => {
  const lifetimes = readLifetimes(
    [{ labels: target, samples: scrapes(1_005, 1_100, 5) }],
    [{ labels: { job: 'loki', instance: 'loki:3100' }, samples: scrapes(0, 1_200, 0) }],
    day,
  )

  expect(lifetimes).toMatchObject({ ended: 0, lostScrapes: 0 })
})
