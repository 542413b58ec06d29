import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandContext, readArgs, runAsProcess, UsageError, wholeNumber } from '../../src/cli/command.ts'
import { compare } from './compare.ts'
import { startEvalBot } from './eval-bot.ts'
import { loadConversations } from './load-conversations.ts'
import { openModel } from './models.ts'
import { EvalResult } from './result.ts'
import { runEvals } from './run-evals.ts'
import { resultTable } from './table.ts'

const folder = 'evals'

const usage = `Usage: npm run evals [-- OPTIONS]

  Plays the conversations of ${folder}/*.yaml with the bot, the fakes of Telegram and the shop, and a model, and prints how
  often each rule holds, what it costs and how long it takes. Exit code 1 when something is worse than in the baseline.

  --model standin            the sandbox's rules (default)
          gigachat           GigaChat: needs GIGACHAT_CREDENTIALS
          openai             any OpenAI-compatible service: needs LLM_FALLBACK_URL and LLM_FALLBACK_MODEL
          replay:PATH        a file that --record wrote, or a folder of them
  --repeat N                 each conversation N times (default 1)
  --only TEXT                conversations whose id contains the text
  --variant NAME             the prompt of PROMPT_VARIANTS_DIR/NAME.yaml instead of the usual one
  --json FILE                writes the result; a baseline is such a file
  --baseline FILE            compares with it
  --record FILE              writes the model's turns, to be replayed`

async function evals({ args, env, out, note }: CommandContext): Promise<boolean> {
  const text = { type: 'string' } as const
  const options = { model: text, repeat: text, only: text, variant: text, json: text, baseline: text, record: text }
  const { values, positionals } = readArgs(args, options, usage)
  if (positionals[0] !== undefined) throw new UsageError(`${positionals[0]} is not an option; --help shows more`)
  const repeat = values.repeat === undefined ? 1 : wholeNumber('repeat', values.repeat, 1, 100)
  const all = loadConversations(folder)
  const chosen = all.filter(({ id }) => id.includes(values.only ?? ''))
  if (chosen.length === 0) throw new UsageError(`no conversation has ${values.only} in its id`)
  const baseline = values.baseline === undefined ? undefined : await readBaseline(values.baseline)
  const model = openModel(values.model ?? 'standin', env)
  const replayable = chosen.filter(({ id }) => model.conversations?.has(id) ?? true)
  const variant = values.variant === undefined ? {} : variantSettings(values.variant, env)

  const bot = await startEvalBot({ settings: { ...model.settings, ...variant }, chat: model.chat })
  try {
    const { result, recorded, closedGaps } = await runEvals(bot, replayable, {
      model: model.name,
      repeat,
      onBegin: ({ id }) => model.begin?.(id),
      onPlayed: ({ id }, verdicts) =>
        note(`${verdicts.every(({ found }) => found === null) ? 'ok    ' : 'FAILED'} ${id}`),
    })
    out(resultTable(result))
    if (closedGaps.length > 0) out(`\nknown gaps that hold now, to be deleted: ${closedGaps.join('; ')}`)
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`)
    if (values.record !== undefined)
      await writeFile(values.record, `${JSON.stringify({ source: model.name, conversations: recorded }, null, 1)}\n`)
    if (baseline === undefined) return true
    const worse = compare(result, baseline, model.isExact)
    out(
      worse.length === 0
        ? `\nnothing is worse than in ${values.baseline}`
        : `\nworse than ${values.baseline}:\n${worse.join('\n')}`,
    )
    return worse.length === 0
  } finally {
    await bot.stop()
  }
}

async function readBaseline(file: string): Promise<EvalResult> {
  try {
    return EvalResult.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    throw new UsageError(`--baseline ${file} cannot be read: name a file that --json wrote`)
  }
}

const variantSettings = (name: string, env: CommandContext['env']) => ({
  PROMPT_VARIANTS: `${name}:100`,
  PROMPT_VARIANTS_DIR: env.PROMPT_VARIANTS_DIR ?? join('.', 'prompts'),
})

await runAsProcess(evals)
