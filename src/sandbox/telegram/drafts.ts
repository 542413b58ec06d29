import { type BotApi, type BotApiMethods, chatOfCall } from './bot-api.ts'
import { badRequest } from './bot-api-refusal.ts'
import type { Draft } from './chats.ts'
import { characters, readRichText, textLimit } from './message-text.ts'

export interface Drafts {
  /** What the chat shows now; null when nothing. */
  of(chatId: number): Draft | null
  /** Presses the draft's stop button; false when there is none. What the bot keeps on a stop stays until it expires. */
  stop(chatId: number, draftId: number): boolean
  methods: BotApiMethods
}

interface Shown {
  draft: Draft
  keepOnStop: boolean
  expiry: NodeJS.Timeout
}

/** Bot API, `sendMessageDraft`: a temporary preview of 30 seconds. */
const previewMs = 30_000

/** Message drafts: one a chat, replaced by the next, dropped by a message of the bot or after `ttlMs`. */
export function createDrafts(api: BotApi, ttlMs = previewMs): Drafts {
  const shown = new Map<number, Shown>()

  const drop = (chatId: number) => {
    clearTimeout(shown.get(chatId)?.expiry)
    if (shown.delete(chatId)) api.chats.notify(chatId, { kind: 'draft', draft: null })
  }
  const show = (chatId: number, draft: Draft, keepOnStop: boolean) => {
    clearTimeout(shown.get(chatId)?.expiry)
    const expiry = setTimeout(() => drop(chatId), ttlMs)
    expiry.unref()
    shown.set(chatId, { draft, keepOnStop, expiry })
    api.chats.notify(chatId, { kind: 'draft', draft })
  }
  api.chats.onBotMessage(chatId => drop(chatId))

  return {
    of: chatId => shown.get(chatId)?.draft ?? null,
    stop: (chatId, draftId) => {
      const current = shown.get(chatId)
      if (current === undefined || current.draft.draft_id !== draftId || !current.draft.can_stop) return false
      if (current.keepOnStop) show(chatId, { ...current.draft, can_stop: false }, true)
      else drop(chatId)
      return true
    },
    methods: {
      sendMessageDraft: params => {
        const record = chatOfCall(api, params)
        if (record.chat.type !== 'private') throw badRequest('TEXTDRAFT_PEER_INVALID')
        const draft_id = params.integer('draft_id') ?? 0
        if (draft_id === 0) throw badRequest('TEXTDRAFT_ID_INVALID')
        const { text, entities } = readRichText(params, 'text')
        if (characters(text) > textLimit) throw badRequest('message is too long')
        const draft = { draft_id, text, entities, can_stop: params.boolean('can_stop') }
        show(record.chat.id, draft, params.boolean('keep_on_stop'))
        return true
      },
    },
  }
}
