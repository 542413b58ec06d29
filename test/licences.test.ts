import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'

const root = new URL('../', import.meta.url)
const Lock = z.object({
  packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional(), license: z.string().optional() })),
})
/** `licenses` is how old packages say it. */
const Manifest = z.looseObject({
  license: z.string().optional(),
  licenses: z.array(z.looseObject({ type: z.string() })).optional(),
})
/**
 * Licences whose terms a project under Apache-2.0 can keep. MPL-2.0 asks for the source of changed files, and we use resvg
 * unchanged; OFL-1.1 lets a font ship inside software.
 */
const compatible = [
  ...['MPL-2.0', 'OFL-1.1'],
  ...[
    'MIT',
    'MIT-0',
    'ISC',
    'Apache-2.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    '0BSD',
    'BlueOak-1.0.0',
    'CC0-1.0',
    'Unlicense',
  ],
]

test('every production dependency has a licence that fits Apache-2.0', () => {
  const { packages } = Lock.parse(read('package-lock.json'))
  const production = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true)

  const unfit = production.flatMap(([path, { license }]) => {
    const choices = (license ?? installed(path)).replaceAll(/[()]/g, '').split(' OR ')
    return choices.some(choice => choice.split(' AND ').every(part => compatible.includes(part)))
      ? []
      : [`${path}: ${choices.join(', ')}`]
  })

  expect(production.length).toBeGreaterThan(20)
  expect(unfit).toEqual([])
})

function installed(path: string): string {
  if (!existsSync(new URL(`${path}/package.json`, root))) return 'unknown'
  const { license, licenses = [] } = Manifest.parse(read(`${path}/package.json`))
  return license ?? (licenses.map(({ type }) => type).join(' OR ') || 'unknown')
}

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'))
