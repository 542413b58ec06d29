import type { StoredCart } from '../../src/shop/cart.ts'
import type { Conversation, Step } from './conversation.ts'
import type { EvalBot, Spent } from './eval-bot.ts'
import type { ModelTurn } from './watched-model.ts'

/** What one step of a conversation led to. */
export interface StepOutcome extends Spent {
  /** Everything the bot wrote, as the user reads it. */
  text: string
  /** Made in this step; null when none was. */
  cart: StoredCart | null
  cartsCreated: number
  /** Of the newest cart; null before the first. */
  revision: number | null
  /** As «kind: value». */
  restrictions: string[]
  /** A fault is in force. */
  isFaulty: boolean
  turns: ModelTurn[]
  seconds: number
}

/** What was played: a step that expects something, with its outcome. */
export interface PlayedStep {
  /** Its place in the conversation, from 1. */
  number: number
  step: Extract<Step, { say: unknown } | { press: unknown }>
  outcome: StepOutcome
}

/** A user reads an answer before they write again: what is sent within a second of a cart was written before it was seen. */
const readingMs = 5_000

/** Plays a conversation as the given, new user. Throws when the bot does not answer or a button is missing. */
export async function playConversation(
  bot: EvalBot,
  conversation: Conversation,
  userId: number,
): Promise<PlayedStep[]> {
  await join(bot, userId)
  await arrange(bot, conversation, userId)
  bot.takeTurns()
  bot.takeSpent()
  const played: PlayedStep[] = []
  let isFaulty = false
  const hasFaults = conversation.steps.some(step => 'fault' in step)
  try {
    for (const [i, step] of conversation.steps.entries()) {
      if ('wait_minutes' in step) bot.setForward(step.wait_minutes * 60_000)
      else if ('fault' in step) {
        bot.faults.set(step.fault)
        isFaulty = step.fault.mode !== 'none'
      } else {
        bot.setForward(readingMs)
        played.push({ number: i + 1, step, outcome: { ...(await act(bot, step, userId)), isFaulty } })
      }
    }
  } finally {
    if (hasFaults) recover(bot)
  }
  return played
}

/** Ends all faults, and lets the time pass for which the bot leaves a failing service alone. */
function recover(bot: EvalBot): void {
  for (const service of ['telegram', 'gigachat', 'shop'] as const)
    bot.faults.set({ service, mode: 'none', status: 500, delay_ms: 0, rate: 1 })
  bot.setForward(15 * 60_000)
}

async function join(bot: EvalBot, userId: number): Promise<void> {
  await bot.handled(userId, 1, () => bot.act.send(userId, { text: '/start' }))
  await bot.handled(userId, 1, () => press(bot, userId, /Согласен/))
}

async function arrange(bot: EvalBot, { given = {} }: Conversation, userId: number): Promise<void> {
  for (const restriction of given.restrictions ?? []) {
    const [kind = '', value = ''] = restriction.split(': ')
    await bot.sql('insert into user_restrictions (user_id, kind, value) values ($1, $2, $3)', [userId, kind, value])
  }
  for (const [category, taste] of Object.entries(given.tastes ?? {}))
    await bot.sql('insert into user_preferences (user_id, category, preference) values ($1, $2, $3)', [
      userId,
      category,
      taste,
    ])
  if (given.carts_left !== undefined)
    await bot.sql('update users set cart_limit = carts_created + $2 where user_id = $1', [userId, given.carts_left])
}

async function act(bot: EvalBot, step: PlayedStep['step'], userId: number): Promise<Omit<StepOutcome, 'isFaulty'>> {
  const before = await stateOf(bot, userId)
  const seen = bot.messages(userId).at(-1)?.message_id ?? 0
  const startedAt = performance.now()
  if ('press' in step) await bot.handled(userId, 1, () => press(bot, userId, new RegExp(step.press, 'iu')))
  else {
    const texts = [step.say].flat()
    // the next message must reach the bot before it has answered the first
    if (texts.length > 1)
      bot.faults.set({ service: 'gigachat', mode: 'slow', status: 500, delay_ms: 1_000, rate: 1, times: 1 })
    await bot.handled(userId, texts.length, () => {
      for (const text of texts) bot.act.send(userId, { text })
    })
  }
  const seconds = (performance.now() - startedAt) / 1000
  const after = await stateOf(bot, userId)
  const answers = bot.messages(userId).filter(({ message_id, from }) => message_id > seen && from?.is_bot === true)
  return {
    // word joiners keep names and commands from being links; a user does not see them
    text: answers.map(message => (message.text ?? message.caption ?? '').replaceAll('\u2060', '')).join('\n\n'),
    cart: after.cartEvents > before.cartEvents ? after.cart : null,
    cartsCreated: after.cartsCreated,
    revision: after.revision,
    restrictions: after.restrictions,
    turns: bot.takeTurns(),
    ...bot.takeSpent(),
    seconds,
  }
}

function press(bot: EvalBot, userId: number, label: RegExp): void {
  for (const { message_id, reply_markup } of bot.messages(userId).toReversed()) {
    for (const button of reply_markup?.inline_keyboard.flat() ?? []) {
      if (!('callback_data' in button) || !label.test(button.text)) continue
      bot.act.press(userId, message_id, button.callback_data)
      return
    }
  }
  throw new Error(`there is no button ${label.source}`)
}

async function stateOf({ sql }: EvalBot, userId: number) {
  const [row] = await sql<{
    carts_created: number
    cart_events: number
    revision: number | null
    cart: StoredCart | null
    restrictions: string[] | null
  }>(
    `select u.carts_created,
       (select count(*)::int from user_events e where e.user_id = u.user_id and e.event_type = 'cart_created') as cart_events,
       (select (e.metadata ->> 'revision')::int from user_events e
        where e.user_id = u.user_id and e.event_type = 'cart_created' order by e.created_at desc limit 1) as revision,
       (select c.cart from last_carts c where c.user_id = u.user_id) as cart,
       (select array_agg(r.kind || ': ' || r.value order by r.kind, r.value) from user_restrictions r
        where r.user_id = u.user_id) as restrictions
     from users u where u.user_id = $1`,
    [userId],
  )
  return {
    cartsCreated: row?.carts_created ?? 0,
    cartEvents: row?.cart_events ?? 0,
    revision: row?.revision ?? null,
    cart: row?.cart ?? null,
    restrictions: row?.restrictions ?? [],
  }
}
