import { randomInt } from 'node:crypto'
import type { BotApi, BotApiMethods } from './bot-api.ts'
import { badRequest } from './bot-api-refusal.ts'

export interface CallbackQueries {
  /** A new query id; the bot may answer it for a minute. */
  open(chatId: number): string
  methods: BotApiMethods
}

const answerableSeconds = 60
const answerLimit = 200

/** Pressed buttons that wait for `answerCallbackQuery`. */
export function createCallbackQueries(api: BotApi): CallbackQueries {
  const waiting = new Map<string, { chatId: number; openedAt: number }>()
  const dropOld = () => {
    for (const [id, { openedAt }] of waiting) {
      if (api.seconds() - openedAt <= answerableSeconds) return
      waiting.delete(id)
    }
  }
  return {
    open: chatId => {
      dropOld()
      const id = `${randomInt(1_000_000_000, 9_999_999_999)}${randomInt(100_000_000, 999_999_999)}`
      waiting.set(id, { chatId, openedAt: api.seconds() })
      return id
    },
    methods: {
      answerCallbackQuery: params => {
        dropOld()
        const query = waiting.get(params.string('callback_query_id') ?? '')
        if (!query) throw badRequest('query is too old and response timeout expired or query ID is invalid')
        const text = params.string('text') ?? ''
        if (text.length > answerLimit) throw badRequest('MESSAGE_TOO_LONG')
        api.chats.notify(query.chatId, {
          kind: 'answer',
          text,
          alert: params.boolean('show_alert'),
          url: params.string('url'),
        })
        return true
      },
    },
  }
}
