import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DataTransformerConfig, FieldConfigSource, FieldType, SystemDateFormatSettings } from '@grafana/data'
import { build } from 'vite'
import { parse } from 'yaml'
import { z } from 'zod'

const run = promisify(execFile)

/** A table of values by columns, as a data source hands it to a panel. */
export interface Frame {
  refId: string
  fields: readonly FrameField[]
}

export interface FrameField {
  name: string
  type: `${FieldType}`
  values: unknown[]
  labels?: Record<string, string>
  config: { displayNameFromDS?: string }
}

/** A panel of a dashboard's JSON, as far as it decides on what is written. */
export interface PanelJson {
  type: string
  title: string
  fieldConfig: FieldConfigSource
  transformations?: readonly DataTransformerConfig[]
  targets?: readonly unknown[]
  options: {
    reduceOptions?: { values?: boolean; calcs: string[]; fields?: string }
    textMode?: string
    legend?: { calcs?: string[] }
  }
}

export interface Played {
  panel: PanelJson
  frames: readonly Frame[]
}

export interface Request {
  played: readonly Played[]
  systemDates: SystemDateFormatSettings
  timeZone: string
}

/** One text that a reader sees beside its name: a number of a stat, a line of a legend, a cell. */
export interface Written {
  name: string
  text: string
  kind: 'number' | 'text' | 'time' | 'nothing'
  /** What a text was before. */
  given?: string
  colour?: string
}

/**
 * What Grafana writes for these panels and answers to an operator whose browser is Russian: by its own code, in a Node
 * with that locale. Settings of dates are those of docker-compose.yml.
 */
export async function whatIsWritten(played: readonly Played[]): Promise<Written[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'grafana-'))
  try {
    const program = join(folder, 'in-grafana.mjs')
    const input = join(folder, 'input.json')
    const output = join(folder, 'output.json')
    await writeFile(program, await bundle())
    await writeFile(input, JSON.stringify({ played, ...(await settings()) } satisfies Request))
    // what its translations say to the console is nothing to us
    await run(process.execPath, [program, input, output], { env: { ...process.env, LC_ALL: 'ru_RU.UTF-8' } })
    return JSON.parse(await readFile(output, 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** @grafana/data with its dependencies as one module: its own mix of module kinds is for bundlers, not for Node. */
async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    define: { 'window.__grafanaSceneContext': '{}', 'window.grafanaBootData': 'undefined', navigator: 'undefined' },
    ssr: { noExternal: true },
    build: { ssr: 'grafana/dashboards/written/in-grafana.ts', write: false, target: 'node20', minify: false },
  })
  const [code] = [built].flat().flatMap(each => ('output' in each ? each.output : []))
  if (code?.type !== 'chunk') throw new TypeError('nothing was bundled')
  return code.code
}

const Compose = z.looseObject({
  services: z.looseObject({ grafana: z.looseObject({ environment: z.record(z.string(), z.string()) }) }),
})

async function settings(): Promise<Omit<Request, 'played'>> {
  const { environment } = Compose.parse(parse(await readFile('docker-compose.yml', 'utf8'), { merge: true })).services
    .grafana
  const format = (name: string) => {
    const value = environment[`GF_DATE_FORMATS_${name}`]
    if (value === undefined) throw new TypeError(`docker-compose.yml gives no GF_DATE_FORMATS_${name}`)
    return value
  }
  return {
    timeZone: 'Europe/Moscow',
    systemDates: {
      fullDate: format('FULL_DATE'),
      interval: {
        millisecond: 'HH:mm:ss.SSS',
        second: format('INTERVAL_SECOND'),
        minute: format('INTERVAL_MINUTE'),
        hour: format('INTERVAL_HOUR'),
        day: format('INTERVAL_DAY'),
        month: format('INTERVAL_MONTH'),
        year: format('INTERVAL_YEAR'),
      },
      useBrowserLocale: false,
    },
  }
}
