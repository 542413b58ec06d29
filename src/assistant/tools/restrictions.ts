import { z } from 'zod'
import { maskPersonalData } from '../../telemetry/masking.ts'
import { type Restriction, restrictionKinds, type Users } from '../../users/users.ts'
import type { MessageContext } from '../message-context.ts'
import { isCheckable } from '../restrictions/rules.ts'
import { foldCase } from '../words.ts'
import { text } from './arguments.ts'
import { defineTool, type ToolData, type ToolResult } from './tool.ts'

type RestrictionUsers = Pick<Users, 'restrictions' | 'addRestriction' | 'removeRestriction'>

const maxValue = 100

/** Sets, lists and removes what a user must not or does not want to get. What is set holds even when it cannot be stored. */
export const createRestrictionsTool = (users: RestrictionUsers) =>
  defineTool({
    name: 'user_restrictions',
    description:
      'Запреты в еде: диета, аллергия или непереносимость, нелюбимое. Человек сообщил о них – сразу вызови с action=set, по одному запрету на вызов, до поиска и корзины. Просит забыть – remove, спрашивает, что записано, – list.',
    schema: z.object({
      action: z
        .enum(['set', 'list', 'remove'], 'нужно set, list или remove')
        .describe('set – записать, remove – забыть, list – показать'),
      kind: z
        .enum(restrictionKinds, 'нужно diet, allergy или dislike')
        .optional()
        .describe('diet – веган, пост, халяль; allergy – аллергия или непереносимость; dislike – не ест, не любит'),
      value: text(maxValue)
        .optional()
        .describe('Одно–два слова в именительном падеже: «веган», «орехи», «лактоза», «кинза»'),
    }),
    async run({ action, kind, value }, message) {
      if (action === 'list') {
        const stored = await users.restrictions(message.question.user.userId)
        return { data: { ok: true, restrictions: stored } }
      }
      if (kind === undefined || value === undefined)
        return { data: { ok: false, error: 'incomplete', message: 'Нужны kind и value.' } }
      const restriction = { kind, value: foldCase(maskPersonalData(value)).slice(0, maxValue) }
      return action === 'set' ? await set(restriction, users, message) : await remove(restriction, users, message)
    },
    invalidates: ['user_restrictions', 'vkusvill_products_search', 'vkusvill_cart_link_create', 'recipe_ingredients'],
  })

const without = (restrictions: readonly Restriction[], { kind, value }: Restriction) =>
  restrictions.filter(other => other.kind !== kind || other.value !== value)

async function set(
  restriction: Restriction,
  users: RestrictionUsers,
  { question, state }: MessageContext,
): Promise<ToolResult> {
  const stated = [...without(state.statedRestrictions, restriction), restriction]
  const achieved = { preferencesChanged: true, statedRestrictions: stated }
  try {
    const outcome = await users.addRestriction(question.user.userId, restriction)
    return { data: outcome === 'saved' ? describeSaved(restriction) : full, achieved }
  } catch (error) {
    return { error, achieved }
  }
}

async function remove(
  restriction: Restriction,
  users: RestrictionUsers,
  { question, state }: MessageContext,
): Promise<ToolResult> {
  const removed = await users.removeRestriction(question.user.userId, restriction)
  const statedRestrictions = without(state.statedRestrictions, restriction)
  return { data: { ok: true, removed }, achieved: { preferencesChanged: true, statedRestrictions } }
}

const describeSaved = (restriction: Restriction): ToolData => ({
  ok: true,
  ...restriction,
  ...(!isCheckable(restriction) && {
    note: 'Записано, но проверить товары по этому запрету бот не умеет: подбирай сам и честно скажи человеку об этом.',
  }),
})

const full: ToolData = {
  ok: false,
  error: 'full',
  message: 'Больше 50 запретов не записать, сначала нужно удалить лишнее. В этом сообщении запрет действует.',
}
