import type { Message } from 'grammy/types'

/**
 * Fields that make a message a note of Telegram's own (a pinned message, a changed title): no user wrote it to the bot. All
 * else is something a user sent, also kinds of content that the Bot API has yet to add.
 */
export const serviceFields = [
  'new_chat_members',
  'left_chat_member',
  'chat_owner_left',
  'chat_owner_changed',
  'community_chat_added',
  'community_chat_removed',
  'community_chat_joined',
  'new_chat_title',
  'new_chat_photo',
  'delete_chat_photo',
  'group_chat_created',
  'supergroup_chat_created',
  'channel_chat_created',
  'migrate_to_chat_id',
  'migrate_from_chat_id',
  'managed_bot_created',
  'message_auto_delete_timer_changed',
  'pinned_message',
  'poll_option_added',
  'poll_option_deleted',
  'successful_payment',
  'refunded_payment',
  'users_shared',
  'chat_shared',
  'connected_website',
  'write_access_allowed',
  'passport_data',
  'proximity_alert_triggered',
  'boost_added',
  'chat_background_set',
  'checklist_tasks_done',
  'checklist_tasks_added',
  'direct_message_price_changed',
  'paid_message_price_changed',
  'suggested_post_approved',
  'suggested_post_approval_failed',
  'suggested_post_declined',
  'suggested_post_paid',
  'suggested_post_refunded',
  'forum_topic_created',
  'forum_topic_edited',
  'forum_topic_closed',
  'forum_topic_reopened',
  'general_forum_topic_hidden',
  'general_forum_topic_unhidden',
  'giveaway_created',
  'giveaway_completed',
  'gift',
  'unique_gift',
  'gift_upgrade_sent',
  'video_chat_scheduled',
  'video_chat_started',
  'video_chat_ended',
  'video_chat_participants_invited',
  'web_app_data',
] as const satisfies readonly (keyof Message)[]

/** Whether Telegram made the message automatically. */
export const isService = (message: Message): boolean =>
  textOf(message) === '' && serviceFields.some(field => field in message)

/** What a message typed into the private chat with the bot may carry; whatever else there is came about another way. */
const typedFields: readonly string[] = [
  'message_id',
  'message_thread_id',
  'is_topic_message',
  'from',
  'chat',
  'date',
  'text',
  'entities',
  'link_preview_options',
  'reply_to_message',
  'quote',
  'effect_id',
  'has_protected_content',
]

/** Whether the user typed the text: it was not forwarded and did not come by way of a bot, a file or a business account. */
export const isTyped = (message: object | undefined): boolean =>
  message !== undefined && 'text' in message && Object.keys(message).every(field => typedFields.includes(field))

/** The text of a message: text, caption or the open tasks of a checklist; empty when it has none. */
export function textOf(message: Pick<Message, 'text' | 'caption' | 'checklist'> | undefined): string {
  const text: unknown = message?.text ?? message?.caption ?? checklistText(message?.checklist)
  return typeof text === 'string' ? text : ''
}

// an update may come in any shape: nothing is taken for granted here
function checklistText(checklist: unknown): string | undefined {
  if (!isObject(checklist) || !Array.isArray(checklist.tasks)) return undefined
  const tasks = checklist.tasks.filter(isObject).filter(task => !task.completion_date)
  return [checklist.title, ...tasks.map(task => task.text)].filter(line => typeof line === 'string').join('\n')
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
