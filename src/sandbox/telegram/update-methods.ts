import { z } from 'zod'
import type { BotApiMethods } from './bot-api.ts'
import { BotApiRefusal, badRequest } from './bot-api-refusal.ts'
import type { RequestParams } from './request-params.ts'
import type { QueuedUpdateType, UpdateQueue } from './update-queue.ts'
import type { Webhook } from './webhook.ts'

const longestPollS = 50

/** How the bot gets its updates: long polling or a webhook, never both. */
export function createUpdateMethods({ queue, webhook }: { queue: UpdateQueue; webhook: Webhook }): BotApiMethods {
  const readAllowed = (params: RequestParams) => {
    const types = params.json('allowed_updates', z.array(z.string()))
    if (types) queue.allow(types.filter(isUpdateType))
  }
  const removeWebhook = (params: RequestParams) => {
    if (params.boolean('drop_pending_updates')) queue.clear()
    webhook.remove()
    return true
  }

  return {
    getUpdates: (params, signal) => {
      if (webhook.active()) {
        throw new BotApiRefusal(
          409,
          "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
      }
      readAllowed(params)
      return queue.poll({
        offset: params.integer('offset') ?? 0,
        limit: clamp(params.integer('limit') ?? 100, 1, 100),
        timeoutMs: clamp(params.integer('timeout') ?? 0, 0, longestPollS) * 1000,
        signal,
      })
    },
    setWebhook: params => {
      const url = params.string('url') ?? ''
      if (url === '') return removeWebhook(params)
      const secretToken = params.string('secret_token') || undefined
      if (secretToken !== undefined && secretToken.length > 256) throw badRequest('secret token is too long')
      if (secretToken !== undefined && !/^[\w-]+$/.test(secretToken)) {
        throw badRequest('secret token contains unallowed characters')
      }
      readAllowed(params)
      if (params.boolean('drop_pending_updates')) queue.clear()
      webhook.set({ url, secretToken, maxConnections: clamp(params.integer('max_connections') ?? 40, 1, 100) })
      queue.interrupt('Conflict: terminated by setWebhook request')
      return true
    },
    deleteWebhook: removeWebhook,
    getWebhookInfo: () => webhook.info(),
  }
}

const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value))

/** The kinds of update this fake can make or a test may inject; others a bot may name are ignored. */
const updateTypes: readonly QueuedUpdateType[] = [
  'message',
  'edited_message',
  'callback_query',
  'stopped_message_generation',
  'my_chat_member',
  'chat_member',
  'message_reaction',
  'message_reaction_count',
  'inline_query',
  'channel_post',
  'edited_channel_post',
  'poll',
  'poll_answer',
  'chat_join_request',
  'pre_checkout_query',
]
const isUpdateType = (type: string): type is QueuedUpdateType => updateTypes.some(one => one === type)
