import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benches } from './benches.ts'
import { performanceDocument } from './document.ts'
import { benchTable, machineLine } from './report.ts'
import { mergeReports, type Report, runBenches } from './runner.ts'

const usage = `npm run bench [-- NAME…] [--json FILE] [--quick | --long] [--rounds N] [--list]
npm run bench -- --write                     all of them, then docs/performance.md from this run
npm run bench -- --doc FILE [--doc FILE …]   writes docs/performance.md from what --json wrote; of each bench the last`

const documentPath = 'docs/performance.md'
const imagesPath = 'docs/images'

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      list: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      doc: { type: 'string', multiple: true },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  if (values.list) return console.log(benches.map(({ name, question }) => `${name}\t${question}`).join('\n'))
  if (values.doc !== undefined) {
    // written by this program
    const reports = values.doc.map(async file => JSON.parse(await readFile(file, 'utf8')) as Report)
    return writeDocument(mergeReports(await Promise.all(reports)))
  }
  if (values.write && (values.quick || positionals.length > 0)) {
    throw new Error('--write needs a whole run: without names, without --quick')
  }

  const unknown = positionals.filter(name => !benches.some(bench => bench.name === name))
  if (unknown.length > 0) {
    throw new Error(`there is no bench ${unknown.join(', ')}; there are ${benches.map(b => b.name).join(', ')}`)
  }
  const chosen = benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const report = await runBenches(chosen, {
    scale: values.quick ? 'quick' : values.long ? 'long' : 'normal',
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    now: () => new Date(),
    note: text => console.error(text),
    onReport: done => console.log(benchTable(done, cpus().length)),
  })
  console.log(machineLine(report.machine))
  if (values.quick) console.log('--quick shows that everything runs; its figures mean nothing')
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
  if (values.write) await writeDocument(report)
  if (report.benches.some(bench => bench.failure !== undefined)) process.exitCode = 1
}

async function writeDocument(report: Report): Promise<void> {
  for (const { files } of report.benches) {
    for (const [name, text] of Object.entries(files)) await writeFile(join(imagesPath, name), text)
  }
  await writeFile(documentPath, performanceDocument(report, benches))
}

await main()
