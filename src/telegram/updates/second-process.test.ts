import { expect, test } from 'vitest'
import { silentLog } from '../../telemetry/log.ts'
import { createSecondProcessWarning } from './second-process.ts'

function setup(redisUrl?: string) {
  const warnings: unknown[] = []
  const log = { ...silentLog, warn: (event: string, fields?: object) => void warnings.push({ event, ...fields }) }
  return { warnings, onOthers: createSecondProcessWarning({ redisUrl, log }) }
}

test('without Redis a second process is reported once, each time one appears', () => {
  const { warnings, onOthers } = setup()

  for (const others of [0, 1, 2, 1]) onOthers(others)
  const first = [...warnings]
  for (const others of [0, 1]) onOthers(others)

  expect(first).toMatchObject([{ event: 'setting_warning', setting: 'REDIS_URL' }])
  expect(warnings).toHaveLength(2)
})

test('with Redis the processes share, and nothing is to be reported', () => {
  const { warnings, onOthers } = setup('redis://127.0.0.1:6379')

  onOthers(1)

  expect(warnings).toEqual([])
})
