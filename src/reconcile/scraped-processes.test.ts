import { expect, test } from 'vitest'
import type { Sample } from './counter-increase.ts'
import { readLives } from './scraped-processes.ts'

const day = { from: new Date(0), to: new Date(1_000_000) }
const target = { job: 'bot', instance: '10.0.0.2:9464' }

/** Every 15 s from one moment to the other, in seconds; moments left out were not scraped. */
function scrapes(from: number, to: number, value: number, leaveOut: readonly number[] = []): Sample[] {
  const samples: Sample[] = []
  for (let at = from; at <= to; at += 15) if (!leaveOut.includes(at)) samples.push([at * 1000, value])
  return samples
}

test('one process all day: nothing ended, nothing was lost', () => {
  const lives = readLives(
    [{ labels: target, samples: scrapes(0, 1_200, 5) }],
    [{ labels: target, samples: scrapes(0, 1_200, 1) }],
    day,
  )

  expect(lives).toMatchObject({ seen: true, ended: 0, lostScrapes: 0 })
  expect(lives.startedAt('bot 10.0.0.2:9464')(15_000)).toBe(5_000)
})

test('another beginning at the same address: one process ended', () => {
  const samples = [...scrapes(0, 300, 5), ...scrapes(330, 1_200, 320)]

  const lives = readLives([{ labels: target, samples }], [{ labels: target, samples: scrapes(0, 1_200, 1) }], day)

  expect(lives.ended).toBe(1)
})

test('a process that is scraped to this moment has not ended, though its day has not either', () => {
  const samples = scrapes(0, 900, 5)

  const lives = readLives([{ labels: target, samples }], [{ labels: target, samples: scrapes(0, 900, 1) }], day)

  expect(lives.ended).toBe(0)
})

test('a process that went away from its address for another one ended too', () => {
  const other = { job: 'bot', instance: '10.0.0.3:9464' }

  const lives = readLives(
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

  expect(lives).toMatchObject({ ended: 1, lostScrapes: 0 })
})

test('failed scrapes and those that were not made are lost', () => {
  const up = scrapes(0, 1_200, 1, [150, 165, 600]).map(([at]): Sample => [at, at === 300_000 ? 0 : 1])

  const lives = readLives([{ labels: target, samples: scrapes(0, 1_200, 5) }], [{ labels: target, samples: up }], day)

  expect(lives).toMatchObject({ lostScrapes: 4, ended: 0 })
})

test('a day before the first scrape has not been seen', () => {
  const samples = scrapes(1_005, 1_200, 5)

  expect(readLives([{ labels: target, samples }], [{ labels: target, samples }], day).seen).toBe(false)
})

test('what ended on another day, or is of another job, is not counted', () => {
  const lives = readLives(
    [{ labels: target, samples: scrapes(1_005, 1_100, 5) }],
    [{ labels: { job: 'loki', instance: 'loki:3100' }, samples: scrapes(0, 1_200, 0) }],
    day,
  )

  expect(lives).toMatchObject({ ended: 0, lostScrapes: 0 })
})
