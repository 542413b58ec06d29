import { z } from 'zod'
import { maskPersonalData } from '../../telemetry/masking.ts'
import type { Preference, Users } from '../../users/users.ts'
import { text } from './arguments.ts'
import { defineTool, type Tool } from './tool.ts'

type PreferenceUsers = Pick<Users, 'setPreference' | 'deletePreference' | 'preferences'>

const maxCategory = 100
const maxPreference = 500

const category = () => text(maxCategory).describe('Категория товара одним–двумя словами, например «молоко» или «хлеб»')

/** A changed preference changes what a search finds. */
const invalidates = [
  'user_preferences_get',
  'user_preferences_set',
  'user_preferences_delete',
  'vkusvill_products_search',
] as const

/** Masked like feedback, and cut again: a mark may be longer than what it stands for. */
const masked = ({ category, preference }: Preference): Preference => ({
  category: maskPersonalData(category).slice(0, maxCategory),
  preference: maskPersonalData(preference).slice(0, maxPreference),
})

/** Tools for the stored preferences of a user; they are retained until the user deletes them. */
export const createPreferenceTools = (users: PreferenceUsers): Tool[] => [
  defineTool({
    name: 'user_preferences_get',
    description: 'Сохранённые предпочтения человека: категория товара и что он в ней любит.',
    schema: z.object({}),
    // Asked of the store, not of the message's own copy: a failure must be seen here.
    run: async (_args, message) => ({
      data: { ok: true, preferences: await users.preferences(message.question.user.userId) },
    }),
  }),
  defineTool({
    name: 'user_preferences_set',
    description:
      'Запоминает предпочтение, когда человек просит запомнить. На категорию – одно, новое заменяет прежнее.',
    schema: z.object({
      category: category(),
      preference: text(maxPreference).describe('Что человек предпочитает в этой категории, например «безлактозное»'),
    }),
    async run(args, message) {
      const stored = masked(args)
      const outcome = await users.setPreference(message.question.user.userId, stored)
      return {
        achieved: { preferencesChanged: true },
        data:
          outcome === 'saved'
            ? { ok: true, ...stored }
            : {
                ok: false,
                error: 'full',
                message: 'Больше 50 предпочтений не запомнить, сначала нужно удалить лишнее.',
              },
      }
    },
    invalidates,
  }),
  defineTool({
    name: 'user_preferences_delete',
    description: 'Забывает предпочтение в категории, когда человек просит забыть.',
    schema: z.object({ category: category() }),
    async run(args, message) {
      const stored = masked({ category: args.category, preference: '' })
      const deleted = await users.deletePreference(message.question.user.userId, stored.category)
      return { data: { ok: true, deleted }, achieved: { preferencesChanged: true } }
    },
    invalidates,
  }),
]
