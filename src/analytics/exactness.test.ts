import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createAnalytics } from './analytics.ts'
import { writeHistory } from './demo/history.ts'
import { rounded } from './testing/numbers.ts'
import { readEverything } from './testing/read-everything.ts'

const timeZone = 'Europe/Moscow'
const until = '2026-03-10'
const now = new Date('2026-03-11T09:00:00Z')

test('for 50 seeds every number of every period is the generator’s truth', async () => {
  const { url, db } = await createTestDatabase(now)
  const analytics = createAnalytics({ db, timeZone, now: () => now })

  for (let seed = 1; seed <= 50; seed++) {
    const request = { users: 40, days: 30, seed, until, timeZone, cartLimit: 2, surveyBonus: 2 }
    const { periods } = await writeHistory(url, request, now)

    for (const [name, truth] of Object.entries(periods)) {
      const { from, to } = truth.summary
      const read = await readEverything(analytics, { from, to })
      expect(rounded(read), `seed ${seed}, ${name}`).toEqual(rounded(truth))
    }
  }
})
