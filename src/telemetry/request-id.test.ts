import { expect, test } from 'vitest'
import { newRequestId } from './request-id.ts'

test('a request id is 12 characters that cannot be confused with each other', () => {
  const ids = Array.from({ length: 2000 }, newRequestId)

  expect(ids.filter(id => !/^[0-9A-HJKMNP-TV-Z]{12}$/.test(id))).toEqual([])
  expect(new Set(ids).size).toBe(2000)
  expect(new Set(ids.join('')).size).toBe(32)
})
