import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clusterIn, readPassword, resetPassword } from './cluster.ts'

/** A program in the place of PostgreSQL, which writes each statement down and fails `failures` times before. */
function setup({ failures, says }: { failures: number; says: string }) {
  const dir = mkdtempSync(join(tmpdir(), 'cluster-'))
  const program = join(dir, 'postgres')
  const tries = join(dir, 'tries')
  const statement = join(dir, 'statement')
  writeFileSync(tries, '')
  writeFileSync(
    program,
    `#!/bin/sh
printf x >> '${tries}'
if [ "$(wc -c < '${tries}')" -le ${failures} ]; then echo '${says}' >&2; exit 1; fi
cat > '${statement}'
`,
  )
  chmodSync(program, 0o755)
  const cluster = clusterIn(dir)
  return {
    cluster,
    reset: () => resetPassword(cluster, program, { command: (file, args) => [file, args] }),
    tries: () => readFileSync(tries, 'utf8').length,
    statement: () => readFileSync(statement, 'utf8'),
  }
}

test('a new password waits for the sessions of a killed server', async () => {
  const says = 'FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use'
  const { cluster, reset, tries, statement } = setup({ failures: 1, says })

  await reset()

  expect(tries()).toBe(2)
  expect(statement()).toBe(`alter role vkusvill password '${await readPassword(cluster)}'\n`)
})

test('what does not pass is reported, with the reason, and no password is changed', async () => {
  const { cluster, reset, tries } = setup({ failures: 1, says: 'FATAL:  could not open file "pg_control"' })

  await expect(reset()).rejects.toThrow('could not open file "pg_control". Nothing was changed')

  expect([tries(), await readPassword(cluster)]).toEqual([1, ''])
})
