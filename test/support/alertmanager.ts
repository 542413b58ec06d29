import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { freePort, programsWanted, startProgram } from './programs.ts'
import { prometheusDir } from './prometheus.ts'

export const alertmanagerPrograms = programsWanted('prometheus-alertmanager', 'amtool')

export interface AlertmanagerOptions {
  telegram: { apiUrl: string; token: string; chatId: number }
  /** Where the bot takes alerts, with its token; nowhere by default. */
  bot?: { url: string; token: string }
  /** Address to listen on; a free port by default. */
  address?: string
  /** Replaces every waiting time of the routes. */
  waitMs?: number
}

const Route = z.looseObject({})
const Config = z.looseObject({
  route: z.looseObject({ routes: z.array(Route) }),
  receivers: z.array(
    z.looseObject({
      telegram_configs: z.array(z.looseObject({})).optional(),
      webhook_configs: z.array(z.looseObject({})).optional(),
    }),
  ),
})

const nowhere = { url: 'http://127.0.0.1:9/alerts', token: 'none' }

/**
 * A folder with a copy of the committed configuration for the Alertmanager at hand, which may be older: token and chat id
 * stand in the file itself, everything else as it was. Removed when the test ends.
 */
export function copyAlertmanagerConfig({ telegram, bot = nowhere, waitMs }: AlertmanagerOptions): {
  folder: string
  file: string
} {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(join(prometheusDir, 'templates'), join(folder, 'templates'), { recursive: true })
  const { route, receivers, ...rest } = Config.parse(
    parse(readFileSync(join(prometheusDir, 'alertmanager.yml'), 'utf8')),
  )
  const times = waitMs === undefined ? {} : { group_wait: `${waitMs}ms`, group_interval: `${waitMs}ms` }
  const config = {
    ...rest,
    route: { ...route, ...times, routes: route.routes.map(one => ({ ...one, ...times })) },
    receivers: receivers.map(({ telegram_configs = [], webhook_configs = [], ...receiver }) => ({
      ...receiver,
      webhook_configs: webhook_configs.map(({ http_config: _auth, ...one }) => ({
        ...one,
        url: bot.url,
        http_config: { authorization: { credentials: bot.token } },
      })),
      telegram_configs: telegram_configs.map(({ bot_token_file: _token, chat_id_file: _chat, ...one }) => ({
        ...one,
        api_url: telegram.apiUrl,
        bot_token: telegram.token,
        chat_id: telegram.chatId,
      })),
    })),
  }
  const file = join(folder, 'alertmanager.yml')
  writeFileSync(file, stringify(config))
  return { folder, file }
}

/** A real Alertmanager with the committed routes and templates that writes to a Telegram of the test; stopped when it ends. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<{ url: string; address: string }> {
  const { folder, file } = copyAlertmanagerConfig(options)
  const address = options.address ?? `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  const program = await startProgram(
    'prometheus-alertmanager',
    [
      `--config.file=${file}`,
      `--storage.path=${folder}/data`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    `${url}/-/ready`,
  )
  onTestFinished(() => program.stop())
  return { url, address }
}
