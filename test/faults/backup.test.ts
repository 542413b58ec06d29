import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  commandsOf,
  createDebianPostgres,
  debianPostgresNote,
  debianPostgresWanted,
} from '../support/debian-postgres.ts'
import { startFixture } from './fixture.ts'
import { report } from './results.ts'

test.runIf(debianPostgresWanted)(`backup and restore as docs/operations.md has it${debianPostgresNote}`, async () => {
  const postgres = await createDebianPostgres()
  await postgres.start()
  const fixture = await startFixture({ DATABASE_URL: postgres.url })
  const bot = await fixture.bot()
  await bot.started()
  await fixture.user(100).join('habr')
  await fixture.user(100).reply(/Согласие записано/)
  await fixture.user(100).ask('собери корзину: молоко, хлеб', /Итого/)
  bot.child.kill('SIGTERM')
  await bot.exit
  const perform = (block: string) => {
    const dump = readdirSync(postgres.folder).find(name => name.endsWith('.dump')) ?? ''
    postgres.operate(block.replace(/bot-\d{4}-\d{2}-\d{2}\.dump/, dump))
  }
  const [backup = '', restore = ''] = commandsOf('Backup and restore')

  perform(backup)
  const before = await postgres.rows()
  await postgres.sql('truncate users, user_events cascade')
  perform(restore)
  const after = await postgres.rows()
  const next = await fixture.bot()
  await next.started()
  const cart = await fixture.user(100).ask('собери корзину: сыр, кефир', /Итого/)

  report({
    area: 'Backup',
    fault: 'the database is lost and restored from its backup',
    times: 1,
    saw: `${before.length} rows before, ${after.length} after`,
    lost: before.filter(row => !after.includes(row)).length,
    doubled: Math.max(0, after.length - before.length),
    recoveryS: null,
    alert: null,
  })
  expect(after).toEqual(before)
  // of the 10000 of the fixture one was used before the loss: the count came back with the backup
  expect(cart.text).toContain('Осталось корзин: 9998')
})
