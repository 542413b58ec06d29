import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = new URL('../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const workflows = readdirSync(new URL('.github/workflows', root)).map(name => `.github/workflows/${name}`)
const { version } = z.looseObject({ version: z.string() }).parse(JSON.parse(read('package.json')))

const Permissions = z.record(z.string(), z.enum(['read', 'write', 'none']))
const Workflow = z.looseObject({
  permissions: Permissions,
  jobs: z.record(z.string(), z.looseObject({ permissions: Permissions })),
})

async function workflowProblems(name: string, content: string): Promise<string[]> {
  const { context } = parseWorkflow({ name, content }, new NoOperationTraceWriter())
  return context.errors.getErrors().map(({ message }) => message)
}

test.each(workflows)('%s is a workflow by GitHub’s own schema', async path => {
  expect(await workflowProblems(path, read(path))).toEqual([])
})

test('that schema refuses an unknown key and a step that does nothing', async () => {
  const broken = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    stepps:\n      - name: nothing\n'

  expect(await workflowProblems('broken.yml', broken)).not.toEqual([])
})

test.each(workflows)('%s runs actions by their commit, with the tag beside it', path => {
  const uses = [...read(path).matchAll(/^.*\buses:.*$/gm)].map(([line]) => line.trim())

  expect(uses.length).toBeGreaterThan(0)
  for (const line of uses) expect(line).toMatch(/^(- )?uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
})

test.each(workflows)('%s gives its token nothing by default, and hands it to no later step', path => {
  const { permissions } = Workflow.parse(parse(read(path)))
  const checkouts = read(path).match(/uses: actions\/checkout@/g) ?? []

  expect(permissions).toEqual({})
  expect(read(path).match(/persist-credentials: false/g)).toHaveLength(checkouts.length)
})

test('only the jobs of a release that publish may write, and each only what it publishes', () => {
  const writes = workflows.flatMap(path =>
    Object.entries(Workflow.parse(parse(read(path))).jobs).map(([job, { permissions }]) => [
      job,
      Object.keys(permissions).filter(scope => permissions[scope] === 'write'),
    ]),
  )

  expect(Object.fromEntries(writes.filter(([, scopes]) => scopes?.length))).toEqual({
    image: ['packages', 'id-token', 'attestations'],
    page: ['contents', 'id-token', 'attestations'],
  })
})

const releaseNotes = (tag: string) =>
  spawnSync(process.execPath, ['scripts/release-notes.mjs', tag], { cwd: root, encoding: 'utf8' })

test('the version of package.json has an entry in the changelog, which becomes the text of its release', () => {
  const { status, stdout } = releaseNotes(`v${version}`)

  expect(status).toBe(0)
  expect(stdout.trim()).not.toBe('')
  expect(read('CHANGELOG.md')).toContain(stdout.trim())
  expect(stdout).not.toMatch(/^## /m)
})

test.each(['v99.0.0', '', version])('the tag "%s", which is not that of package.json, is no release', tag => {
  const { status, stdout, stderr } = releaseNotes(tag)

  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toContain(`package.json says v${version}`)
})

test('package-lock.json and Renovate go with package.json and .npmrc', () => {
  const [, days] = /^min-release-age=(\d+)$/m.exec(read('.npmrc')) ?? []

  expect(JSON.parse(read('package-lock.json'))).toMatchObject({ version, packages: { '': { version } } })
  expect(JSON.parse(read('.github/renovate.json'))).toMatchObject({ minimumReleaseAge: `${days} days` })
})
