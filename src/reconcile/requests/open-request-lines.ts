import type { LineSourceName, LineSourceState, RequestLines } from '../../analytics/requests/request-lines.ts'
import { sleep } from '../../process/sleep.ts'
import type { LogRecord } from '../../telemetry/log-record.ts'
import { createQueryClient, type QueryMetrics } from '../query-client.ts'
import { createLocalLines, createSpoolLines } from './disk-lines.ts'
import type { FindLines } from './find-lines.ts'
import { createLokiLines } from './loki-lines.ts'

export interface RequestLinesDeps {
  settings: {
    env: string
    lokiUrl?: string | undefined
  }
  /** Directories of this bot and of replicas on the same machine. */
  dataDirs: () => readonly string[]
  metrics: QueryMetrics
  now: () => Date
  /** Puts the lines of this process on disk. */
  flush?: () => Promise<void>
}

/** An operator waits for the answer: with two repetitions at most half a minute. */
const lokiTimeoutMs = 8_000

/** Opens the sources of log lines: Loki and what still waits for it where LOKI_URL is set, else the local log. */
export function openRequestLines({
  settings,
  dataDirs,
  metrics,
  now,
  flush = () => Promise.resolve(),
}: RequestLinesDeps): RequestLines {
  const { env, lokiUrl } = settings
  const sources: [LineSourceName, FindLines][] =
    lokiUrl === undefined
      ? [['local', createLocalLines(dataDirs, flush)]]
      : [
          [
            'loki',
            createLokiLines({
              ask: createQueryClient({ upstream: 'loki', url: lokiUrl, metrics, sleep, timeoutMs: lokiTimeoutMs }),
              env,
              now,
            }),
          ],
          ['spool', createSpoolLines(dataDirs, flush)],
        ]
  return {
    async find(field, beginning, around) {
      const needle = `"${field}":"${beginning}`
      const answers = await Promise.all(
        sources.map(async ([name, find]): Promise<{ source: LineSourceState; records: LogRecord[] }> => {
          try {
            const { records, isCut } = await find(needle, around)
            return { source: { name, state: isCut ? 'cut' : 'read' }, records }
          } catch {
            return { source: { name, state: 'failed' }, records: [] } // counted where queries are made, and named in the answer
          }
        }),
      )
      // a line that was delivered while it was read is found twice
      const records = new Map(answers.flatMap(answer => answer.records).map(record => [record.text, record]))
      return {
        records: [...records.values()].sort((a, b) => a.atMs - b.atMs),
        sources: answers.map(({ source }) => source),
      }
    },
  }
}
