import type { BotContext } from '../context.ts'

/**
 * Names a request in its draft and its stop button; rises with the updates, and is the same at every delivery of one: the draft
 * of a killed process goes on as the next one's. Never 0, which Telegram refuses.
 */
export const requestNumberOf = ({ update }: { update: Pick<BotContext['update'], 'update_id'> }): number =>
  Math.max(1, Math.abs(update.update_id))
