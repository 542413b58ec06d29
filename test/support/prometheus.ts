import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { freePort, programsWanted, startProgram } from './programs.ts'

export const prometheusPrograms = programsWanted('prometheus', 'promtool')

/** Where the committed configuration lies. */
export const prometheusDir = fileURLToPath(new URL('../../prometheus/', import.meta.url))

export interface Run {
  ok: boolean
  output: string
}

/** Runs one of Prometheus' tools to its end. */
export function runTool(program: string, args: string[], input?: string): Run {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    cwd: prometheusDir,
    ...(input === undefined ? {} : { input }),
  })
  return { ok: status === 0, output: `${error?.message ?? ''}${stdout}${stderr}` }
}

const Config = z.looseObject({
  global: z.looseObject({}),
  alerting: z.unknown(),
  scrape_configs: z.array(z.looseObject({ job_name: z.string() })),
})

export interface PrometheusOptions {
  /** host:port by job; jobs that are not named are not scraped. */
  targets: Record<string, string>
  /** host:port */
  alertmanager?: string
  /** Rewrites each rule and alert file, to shorten its times. */
  rewrite?: (rules: string) => string
}

const Answer = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
})
const Exemplars = z.object({
  data: z.array(z.object({ exemplars: z.array(z.object({ labels: z.object({ request_id: z.string() }) })) })),
})
const Rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            health: z.string(),
            lastError: z.string().optional(),
            state: z.string().optional(),
          }),
        ),
      }),
    ),
  }),
})

export interface Prometheus {
  url: string
  /** The answer to an instant query. */
  query(expr: string): Promise<{ labels: Record<string, string>; value: number }[]>
  /** The request_id of each exemplar of the last minutes. */
  exemplars(selector: string): Promise<string[]>
  /** Every rule with the result of its last evaluation. */
  rules(): Promise<z.infer<typeof Rules>['data']['groups'][number]['rules']>
}

/** A real Prometheus with the committed configuration, its addresses replaced and its clock quickened; stopped when the test ends. */
export async function startPrometheus({
  targets,
  alertmanager,
  rewrite = rules => rules,
}: PrometheusOptions): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
  for (const part of ['rules', 'alerts']) {
    cpSync(join(prometheusDir, part), join(folder, part), { recursive: true })
    for (const name of readdirSync(join(folder, part))) {
      const path = join(folder, part, name)
      writeFileSync(path, rewrite(readFileSync(path, 'utf8')))
    }
  }
  const committed = Config.parse(parse(readFileSync(join(prometheusDir, 'prometheus.yml'), 'utf8')))
  const at = (target: string) => [{ targets: [target] }]
  const config = {
    ...committed,
    global: { ...committed.global, scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    alerting: alertmanager === undefined ? {} : { alertmanagers: [{ static_configs: at(alertmanager) }] },
    scrape_configs: committed.scrape_configs.flatMap(({ dns_sd_configs: _replaced, job_name, ...job }) => {
      const target = targets[job_name]
      return target === undefined ? [] : [{ ...job, job_name, static_configs: at(target) }]
    }),
  }
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config))

  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  const program = await startProgram(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
      '--rules.alert.resend-delay=1s',
      '--rules.alert.for-grace-period=1s',
    ],
    `${url}/-/ready`,
  )
  onTestFinished(async () => {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const get = async (path: string): Promise<unknown> => (await fetch(url + path)).json()
  return {
    url,
    query: async expr =>
      Answer.parse(await get(`/api/v1/query?${new URLSearchParams({ query: expr })}`)).data.result.map(
        ({ metric, value }) => ({ labels: metric, value: Number(value[1]) }),
      ),
    exemplars: async selector => {
      const now = Date.now() / 1000
      const query = new URLSearchParams({ query: selector, start: `${now - 600}`, end: `${now + 60}` })
      const { data } = Exemplars.parse(await get(`/api/v1/query_exemplars?${query}`))
      return data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.request_id))
    },
    rules: async () => Rules.parse(await get('/api/v1/rules')).data.groups.flatMap(({ rules }) => rules),
  }
}
