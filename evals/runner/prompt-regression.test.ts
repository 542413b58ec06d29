import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { instructions } from '../../src/assistant/prompt.ts'
import { createTestDatabase } from '../../test/support/database.ts'
import { compare } from './compare.ts'
import { startEvalBot } from './eval-bot.ts'
import { loadConversations } from './load-conversations.ts'
import { runEvals } from './run-evals.ts'

const chosen = [
  'vegan-then-dairy-and-sausage',
  'nut-allergy-in-the-order-itself',
  'list-of-three',
  'ready-dish',
  'greeting',
]
const conversations = loadConversations('evals').filter(({ id }) => chosen.includes(id))

/** What the conversations lead to with these instructions, or with the usual ones. */
async function evaluate(text?: string) {
  const bot = await startEvalBot({ databaseUrl: (await createTestDatabase()).url, settings: variantWith(text) })
  onTestFinished(() => bot.stop())
  return (await runEvals(bot, conversations, { model: 'standin', repeat: 1 })).result
}

function variantWith(text: string | undefined): Record<string, string> {
  if (text === undefined) return {}
  const dir = mkdtempSync(join(tmpdir(), 'prompts-'))
  writeFileSync(join(dir, 'tried.yaml'), stringify({ instructions: text }))
  return { PROMPT_VARIANTS: 'tried:100', PROMPT_VARIANTS_DIR: dir }
}

test('a prompt that lost its sentence on allergies falls, and so does one that costs a fifth more', async () => {
  const baseline = await evaluate()
  const withoutAllergies = await evaluate(
    instructions
      .split('\n')
      .filter(line => !/аллерги/.test(line))
      .join('\n'),
  )
  const perConversation = baseline.totals.tokens / baseline.conversations.length
  const longer = await evaluate(`${instructions}\n${'Ещё одно указание. '.repeat((perConversation * 0.2 * 3.5) / 19)}`)

  expect(compare(withoutAllergies, baseline, true)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('nut-allergy-in-the-order-itself: calls: step 1 calls user_restrictions allergy'),
      expect.stringContaining('nut-allergy-in-the-order-itself: prompt_has: step 1 the model was given аллерги'),
    ]),
  )
  expect(compare(longer, baseline, true)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^tokens of a conversation rose by \d/)]),
  )
  expect(baseline.promptVersions).not.toEqual(longer.promptVersions)
})
