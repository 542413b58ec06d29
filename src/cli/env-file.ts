import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { StartupError } from '../errors.ts'
import { settings } from '../process/settings.ts'

/** Names of `.env` that docker compose alone reads; the second part of `.env.example`. */
export const composeSettings = [
  'POSTGRES_PASSWORD',
  'POSTGRES_WAL_DIR',
  'REDIS_PASSWORD',
  'GRAFANA_ADMIN_PASSWORD',
  'ALERT_CHAT_ID',
  'DOCS_URL',
  'GRAFANA_DB_HOST',
  'GRAFANA_PUBLISH',
  'METABASE_PUBLISH',
  'WEBHOOK_HOST',
  'LOKI_OBJECT_STORE',
  'LOKI_S3_BUCKET',
  'LOKI_S3_REGION',
  'LOKI_S3_ENDPOINT',
  'LOKI_S3_ACCESS_KEY_ID',
  'LOKI_S3_SECRET_ACCESS_KEY',
  'LOKI_S3_INSECURE',
]
/** Names that Node.js, PostgreSQL's clients, proxies, docker compose and the C library read themselves. */
const namesOfOthers =
  /^(?:(?:NODE|NPM|UV|PG|COMPOSE|DOCKER|LC|OTEL)[A-Z_]+|(?:HTTPS?|NO|ALL)_PROXY|TZ|LANG|PATH|HOME|TMPDIR|(?:NO|FORCE)_COLOR|SSL_CERT_(?:FILE|DIR))$/i

/** A file of settings: its values, and sentences about what in it has no effect. */
export interface EnvFile {
  values: Record<string, string>
  /** One sentence each, with names and line numbers, never a value. */
  problems: string[]
}

/**
 * Adds the settings of a file to `env`; what stands in `env` already wins. No file is no error. `note` is given one
 * sentence about every part of the file that has no effect. Throws StartupError when the file cannot be read.
 */
export function loadEnvFile(path: string, env: Record<string, string | undefined>, note: (text: string) => void): void {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return
    const code = cause instanceof Error && 'code' in cause ? cause.code : 'unknown error'
    throw new StartupError(`${path} cannot be read (${code}): make it a file that this user may read, or remove it`, {
      cause,
    })
  }
  const { values, problems } = readEnvFile(path, bytes)
  for (const problem of problems) note(problem)
  for (const [name, value] of Object.entries(values)) env[name] ??= value
}

/**
 * Reads `NAME=value` lines (the library `dotenv`: quotes, comments, `export`), whatever editor saved them: UTF-8 or UTF-16,
 * with or without a byte order mark, with line ends of any system. The last of two equal names counts. Throws StartupError
 * when the bytes are no text in these encodings.
 */
export function readEnvFile(path: string, bytes: Uint8Array): EnvFile {
  const text = decode(path, bytes)
  const values = parse(text)
  return { values, problems: problemsOf(path, text, values) }
}

/** The text without its byte order mark. */
function decode(path: string, bytes: Uint8Array): string {
  const marks: [encoding: string, mark: number[]][] = [
    ['utf-16le', [0xff, 0xfe]],
    ['utf-16be', [0xfe, 0xff]],
  ]
  const [encoding = 'utf-8'] = marks.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte)) ?? []
  const text = new TextDecoder(encoding).decode(bytes).replace(/^\uFEFF+/, '')
  if (text.includes('\0')) throw new StartupError(`${path} is not a text in UTF-8: save it again with that encoding`)
  return text
}

function problemsOf(path: string, text: string, values: Record<string, string>): string[] {
  const insideValue = (line: string) =>
    Object.values(values).some(
      value => value.includes('\n') && value.split('\n').some(part => line.endsWith(part.trim())),
    )
  const lines = text
    .split(/\r\n?|\n/)
    .map((line, i) => ({ number: i + 1, text: line.trim(), names: Object.keys(parse(line)) }))
    .filter(({ text }) => text !== '' && !text.startsWith('#') && !insideValue(text))
  const named = lines.flatMap(({ number, text, names }) =>
    (names.length > 0 ? names : nameBefore(text)).map(name => ({ number, name })),
  )
  const unknown = named.filter(({ name }) => !isKnown(name))
  const withoutName = lines.filter(({ number }) => !named.some(n => n.number === number))
  const names = named.map(({ name }) => name)
  const cut = lines.filter(({ text }) => /^[^=]+=\s*[^\s'"`#][^#]*(?<!\s)#/.test(text))
  const garbled = Object.keys(values).filter(name => values[name]?.includes('\uFFFD'))
  const numbers = (of: typeof lines) => of.map(({ number }) => number).join(', ')

  return [
    unknown.length > 0 && `no setting has the name ${list(unknown.map(showName))}, so it changes nothing`,
    repeated(names).length > 0 && `${list(repeated(names))} is set more than once, the last one counts`,
    withoutName.length > 0 && `line ${numbers(withoutName)} is not NAME=value, so it is not read`,
    cut.length > 0 && `line ${numbers(cut)} is read up to the # only: put the value in quotes if # belongs to it`,
    garbled.length > 0 && `${list(garbled)} holds bytes that are not UTF-8: save the file again with that encoding`,
  ].flatMap(problem => (problem === false ? [] : [`${path}: ${problem}`]))
}

/** What stands before = in a line that `dotenv` does not read, for example because of a letter of another alphabet. */
const nameBefore = (line: string): string[] => /^(?:export\s+)?([^=\s]+)\s*=/.exec(line)?.slice(1) ?? []

const knownNames = [...Object.keys(settings.shape), ...composeSettings]

const isKnown = (name: string): boolean =>
  knownNames.includes(name) || (namesOfOthers.test(name) && closestTo(name).distance > 2)

/** The known name that differs least from this one. */
function closestTo(name: string): { known: string; distance: number } {
  const ranked = knownNames.map(known => ({ known, distance: editDistance(name.toUpperCase(), known) }))
  return ranked.reduce((best, next) => (next.distance < best.distance ? next : best))
}

/** An unknown name for a terminal, with the setting that was probably meant; a part of a wrapped secret is not shown. */
function showName({ number, name }: { number: number; name: string }): string {
  const { known, distance } = closestTo(name)
  const shown = name.replace(/[^\x20-\x7e]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  if (distance <= Math.max(2, known.length / 3)) return `${shown} (did you mean ${known}?)`
  return /^(?:[A-Z0-9_.-]{1,40}|[a-z0-9_.-]{1,40})$/.test(name) ? name : `in line ${number}`
}

const repeated = (names: string[]) => [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
const list = (names: string[]): string => [...new Set(names)].join(', ')

/** Letters to insert, delete or replace to make one text of the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)))
    row = next
  }
  return row[b.length] ?? 0
}
