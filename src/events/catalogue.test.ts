import { expect, test } from 'vitest'
import { catalogue } from './catalogue.ts'

const survey = (feedback: string | null) =>
  catalogue.survey_completed.metadata.safeParse({
    pmf: 'very',
    useful_feature: 'search',
    feedback,
    carts_before_survey: 1,
    days_since_registration: 0,
  })

test('a text is as long as PostgreSQL counts it: an emoji is one character', () => {
  expect(survey('🥛'.repeat(500)).success).toBe(true)
  expect(survey(null).success).toBe(true)
})

test('a text that is longer than its column is an error that names the limit, not the text', () => {
  const { error } = survey('🥛'.repeat(501))

  expect(error?.issues).toMatchObject([{ path: ['feedback'], message: 'longer than 500 characters' }])
})
