import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import pg from 'pg'
import { expect, test } from 'vitest'
import { AppError } from '../errors.ts'
import { databaseError, isAboutDatum, isMissingPartition, sqlState } from './database-error.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { postgresFailure } from './testing/postgres-failure.ts'

/** Every class of PostgreSQL's appendix A: may a statement that ended so pass later, or were its values at fault? */
const classes: Record<string, 'wait' | 'reject'> = {
  '00': 'wait', // successful completion
  '01': 'wait', // warning
  '02': 'wait', // no data
  '03': 'wait', // statement not yet complete
  '08': 'wait', // connection
  '09': 'wait', // triggered action
  '0A': 'wait', // feature not supported
  '0B': 'wait', // transaction initiation
  '0F': 'wait', // locator
  '0L': 'wait', // grantor
  '0P': 'wait', // role
  '0Z': 'wait', // diagnostics
  '10': 'wait', // XQuery
  '20': 'wait', // case not found
  '21': 'wait', // cardinality
  '22': 'reject', // data
  '23': 'reject', // integrity constraint
  '24': 'wait', // cursor state
  '25': 'wait', // transaction state, read-only among it
  '26': 'wait', // statement name
  '27': 'wait', // triggered data change
  '28': 'wait', // authorization
  '2B': 'wait', // dependent privileges
  '2D': 'wait', // transaction termination
  '2F': 'wait', // SQL routine
  '34': 'wait', // cursor name
  '38': 'wait', // external routine
  '39': 'wait', // external routine invocation
  '3B': 'wait', // savepoint
  '3D': 'wait', // catalog name
  '3F': 'wait', // schema name
  '40': 'wait', // rollback
  '42': 'wait', // syntax, access rule, missing objects
  '44': 'wait', // check option of a view, row security
  '53': 'wait', // resources
  '54': 'wait', // program limits
  '55': 'wait', // prerequisite state
  '57': 'wait', // operator intervention
  '58': 'wait', // system
  F0: 'wait', // configuration file
  HV: 'wait', // foreign data wrapper
  P0: 'wait', // PL/pgSQL
  XX: 'wait', // internal
}
/** The codes that differ from their class. */
const codes: Record<string, 'wait' | 'reject'> = {
  '22023': 'wait', // a time zone the server does not know
  '2200H': 'wait', // an exhausted sequence
  '22P05': 'wait', // the encoding of the database
  '42804': 'reject', // a value of the wrong type
  '54000': 'reject', // a value too long for jsonb or an index
}
const verdictOf = (code: string) => codes[code] ?? classes[code.slice(0, 2)]

/** The codes of the PostgreSQL this project brings, from the file its appendix A is made of. */
async function documentedCodes(): Promise<string[]> {
  const { postgres } = await findPostgresBinaries()
  const file = join(dirname(dirname(postgres)), 'share', 'postgresql', 'errcodes.txt')
  return [...readFileSync(file, 'utf8').matchAll(/^([0-9A-Z]{5})\s/gm)].map(([, code = '']) => code)
}

test('every documented SQLSTATE waits, unless it speaks of the values sent', async () => {
  const documented = await documentedCodes()

  expect(documented.length).toBeGreaterThan(230)
  expect(new Set(documented.map(code => code.slice(0, 2)))).toEqual(new Set(Object.keys(classes)))
  const verdicts = documented.map(code => [code, postgresFailure(code).retryable ? 'wait' : 'reject'])
  expect(verdicts).toEqual(documented.map(code => [code, verdictOf(code)]))
})

test('an undocumented code waits, unless its class is about the values', () => {
  const sign = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ')
  const code = fc.array(sign, { minLength: 5, maxLength: 5 }).map(signs => signs.join(''))

  fc.assert(fc.property(code, code => isAboutDatum(code) === ((verdictOf(code) ?? 'wait') === 'reject')))
})

test.each([
  ['an error of the network', new Error('connect ECONNREFUSED')],
  ['a bug of ours', new TypeError('x is not a function')],
  ['no error at all', 'something thrown'],
  ['a server that names no code', new pg.DatabaseError('odd', 1, 'error')],
  ['a timeout', new Error('Query read timeout')],
])('%s waits', (_, thrown) => {
  expect(databaseError(thrown, 5_000).retryable).toBe(true)
})

test.each([
  ['28P01', /password in DATABASE_URL/],
  ['28000', /password in DATABASE_URL/],
  ['42883', /npm run migrate/],
  ['42P01', /npm run migrate/],
  ['25006', /read-only/],
  ['XX000', /see its log/],
])('the operator reads the code %s and what it asks for, never the text of the server', (code, hint) => {
  const err = postgresFailure(code)

  expect(err).toBeInstanceOf(AppError)
  expect(err.message).toContain(`SQLSTATE ${code}`)
  expect(err.message).toMatch(hint)
  expect(err.message).not.toContain('text of the server')
  expect(sqlState(err)).toBe(code)
})

test('a row without a partition differs from a violated check', () => {
  expect(isMissingPartition(postgresFailure('23514'))).toBe(true)
  expect(isMissingPartition(postgresFailure('23514', { constraint: 'user_events_type' }))).toBe(false)
  expect(isMissingPartition(postgresFailure('23505'))).toBe(false)
})
