import { z } from 'zod'
import { UpstreamError } from '../../errors.ts'
import { type LogRecord, readLogRecord } from '../../telemetry/log-record.ts'
import { serviceName } from '../../telemetry/logger.ts'
import type { Ask } from '../query-client.ts'
import type { FindLines } from './find-lines.ts'

/** Loki's own limit is 5000 lines of an answer. */
const mostLines = 2_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Log lines are retained for 30 days; Loki refuses longer queries. */
const reachMs = 30 * dayMs

const Answer = z.object({
  data: z.object({
    resultType: z.literal('streams'),
    result: z.array(z.object({ values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())) })),
  }),
})

export interface LokiLinesDeps {
  ask: Ask
  env: string
  now: () => Date
}

/** Reads lines of requests from Loki. Rejects with an AppError when it does not answer. */
export const createLokiLines =
  ({ ask, env, now }: LokiLinesDeps): FindLines =>
  async (needle, around) => {
    const latest = now().getTime() + hourMs
    const from = around === null ? latest - reachMs : around.getTime() - hourMs
    const to = around === null ? latest : Math.min(latest, around.getTime() + dayMs)
    const answer = Answer.safeParse(
      await ask('loki/api/v1/query_range', {
        query: requestLinesQuery(env, needle),
        start: `${from}000000`,
        end: `${Math.max(to, from + hourMs)}000000`,
        limit: String(mostLines),
        direction: 'forward',
      }),
    )
    if (!answer.success) throw new UpstreamError('loki', null, 'answer of another shape', false, answer.error)
    const texts = answer.data.data.result.flatMap(({ values }) => values.map(([, line]) => line))
    const records: LogRecord[] = texts.map(readLogRecord).filter(record => record !== null)
    return { records, isCut: texts.length >= mostLines }
  }

/** LogQL of the lines that hold this text. */
export const requestLinesQuery = (env: string, needle: string): string =>
  `{service_name="${serviceName}", env=${JSON.stringify(env)}} |= ${JSON.stringify(needle)}`
