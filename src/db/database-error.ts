import pg from 'pg'
import { type AppError, TimeoutError, UpstreamError } from '../errors.ts'

/** SQLSTATE classes that speak of the values sent: data exception, integrity constraint violation. */
const datumClasses: readonly string[] = ['22', '23']

/** Codes of other classes that speak of the values, each with its reason. */
const datumCodes: Readonly<Record<string, string>> = {
  '42804': 'a value has a type that its column does not take',
  '54000': 'a value is longer than jsonb or an index entry can hold',
}

/** Codes of those classes that speak of the server, each with its reason. */
const serverCodes: Readonly<Record<string, string>> = {
  '22023': 'also a setting PostgreSQL does not know, such as a time zone its tzdata lacks',
  '2200H': 'a sequence is exhausted',
  '22P05': "the database's encoding lacks a character; what no encoding holds is replaced before it is sent",
}

/**
 * True if a SQLSTATE says that this very datum can never be stored. Any other code, unknown ones included, says something
 * about the server, the connection, the schema or the rights: the same statement may pass later. PostgreSQL 18, appendix A.
 */
export const isAboutDatum = (code: string): boolean =>
  code in datumCodes || (datumClasses.includes(code.slice(0, 2)) && !(code in serverCodes))

/** Classes and codes that no statement escapes: connection, read-only server, login, database, resources, shutdown. */
const everyStatement: readonly string[] = ['08', '25006', '28', '3D', '53', '57P']

/** What an operator should look at, by SQLSTATE or its class. */
const advice: Readonly<Record<string, string>> = {
  '08': 'the connection broke',
  '25006': 'the server is read-only: is DATABASE_URL that of a standby?',
  '28': 'the login was refused: check the user and password in DATABASE_URL',
  '3D': 'the database does not exist: check its name in DATABASE_URL',
  '3F': 'a schema is missing: run `npm run migrate`',
  '42501': 'a right is missing: the user in DATABASE_URL must own the tables',
  '42703': 'a column is missing: run `npm run migrate`',
  '42704': 'an object is missing: run `npm run migrate`',
  '42883': 'a function is missing: run `npm run migrate`',
  '42P01': 'a table is missing: run `npm run migrate`',
  '22023': 'PostgreSQL does not know a setting: check ANALYTICS_TZ',
  '22P05': 'the database is not in UTF8',
  '53100': 'its disk is full',
  '53200': 'it is out of memory',
  '53300': 'it has no free connection: raise max_connections or stop what holds them',
  '57P01': 'it is shutting down',
  '57P03': 'it is starting up',
  '57P04': 'the database was dropped',
  '58': 'its operating system or disk failed: see its log',
  XX: 'an internal error: see its log',
}

const describe = (code: string): string => {
  const hint = advice[code] ?? advice[code.slice(0, 2)]
  return `SQLSTATE ${code}${hint === undefined ? '' : `, ${hint}`}`
}

/**
 * Anything `pg` throws as an error of ours; not `retryable` only when PostgreSQL spoke of the values sent. Texts of the
 * server are dropped: they may quote the values of a row. The SQLSTATE stays in `sqlState`.
 */
export const databaseError = (err: unknown, timeoutMs: number): AppError => {
  if (err instanceof pg.DatabaseError && err.code !== undefined) {
    if (err.code === '57014') return new TimeoutError('postgres', timeoutMs, err)
    return new UpstreamError('postgres', null, describe(err.code), !isAboutDatum(err.code), err)
  }
  if (err instanceof Error && /timeout/i.test(err.message)) return new TimeoutError('postgres', timeoutMs, err)
  return new UpstreamError('postgres', null, 'no connection', true, err)
}

/** The SQLSTATE behind an error of `databaseError`, or undefined. */
export const sqlState = (err: unknown): string | undefined =>
  err instanceof Error && err.cause instanceof pg.DatabaseError ? err.cause.code : undefined

/**
 * True if PostgreSQL answered with an error that other statements may escape: a trigger, a damaged row, a lock, an object
 * that only some facts need, an unknown code. Not proof: whether others pass is found out by sending them.
 */
export const mayConcernOneStatement = (err: unknown): boolean => {
  const code = sqlState(err)
  return code !== undefined && !everyStatement.some(start => code.startsWith(start))
}

/** True for a row of a month that has no partition: the same code as a violated check, which names its constraint. */
export const isMissingPartition = (err: unknown): boolean =>
  err instanceof Error &&
  err.cause instanceof pg.DatabaseError &&
  err.cause.code === '23514' &&
  err.cause.constraint === undefined
