import type { RequestLookUp } from '../analytics/requests/look-up-request.ts'
import { readRequestCode } from '../analytics/requests/read-code.ts'
import { storyLines } from '../analytics/requests/request-text.ts'
import { createDb } from '../db/db.ts'
import { dataDirsOf } from '../process/directory-lock.ts'
import { createQueryMetrics } from '../reconcile/query-client.ts'
import { openRequests } from '../reconcile/requests/open-requests.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { type CommandContext, readArgs, UsageError, withDatabase } from './command.ts'

const usage = `Usage: npm run request -- CODE

  What happened to one message: outcome, waterfall, tokens, roubles, events, by the code in an apology, its beginning (4
  characters at least) or the id of an event. Reads PostgreSQL, and Loki (LOKI_URL) or the local log below DATA_DIR. Ends
  with 1 when nothing is found.`

/** `npm run request`: writes the story of one request. Resolves to false if there is none. */
export async function runRequest({ args, env, out, note, now, stopping }: CommandContext): Promise<boolean> {
  const { positionals } = readArgs(args, {}, usage)
  const text = positionals.join(' ')
  if (readRequestCode(text) === null)
    throw new UsageError('a code has 12 letters and digits, its beginning 4 at least; --help shows more')
  return withDatabase({ env, stopping }, async (url, config) => {
    const register = createRegistry({ serviceName: 'vkusvill-bot', env: config.env })
    const db = createDb({ url, register, poolSize: 1 })
    try {
      const dataDirs = () => dataDirsOf(config.dataDir)
      const lookUp = openRequests({ db, settings: config, dataDirs, metrics: createQueryMetrics(register), now })
      const found = await lookUp(text)
      for (const source of silentSources(found)) note(`${source} did not answer: what it knows is missing here`)
      return show(found, config.timeZone, out)
    } finally {
      await db.close()
    }
  })
}

function show(found: RequestLookUp, timeZone: string, out: (text: string) => void): boolean {
  switch (found.kind) {
    case 'unreadable':
      return false
    case 'unknown':
      out(`${found.code}: nothing found`)
      return false
    case 'several':
      out(found.stories.map(({ requestId, at }) => `${requestId}  ${at.toISOString()}`).join('\n'))
      return true
    case 'found':
      out(storyLines(found.story, timeZone).join('\n'))
      return true
  }
}

const silentSources = (found: RequestLookUp): string[] =>
  found.kind === 'unreadable'
    ? []
    : [
        ...found.sources.lines.filter(({ state }) => state === 'failed').map(({ name }) => name),
        ...(found.sources.rows ? [] : ['postgresql']),
      ]
