import { expect, test } from 'vitest'
import { newReferralCode } from './referral-code.ts'

test('a referral code begins with a letter, so that no user id looks like one, and has no look-alikes', () => {
  const codes = Array.from({ length: 2_000 }, newReferralCode)

  expect(codes.filter(code => !/^[a-z][a-zA-Z2-9]{7}$/.test(code) || /[oOlI01]/.test(code))).toEqual([])
  expect(new Set(codes).size).toBe(codes.length)
})
