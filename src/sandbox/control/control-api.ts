import express, { type ErrorRequestHandler, Router } from 'express'
import type { z } from 'zod'
import { FaultRequest, type Faults } from '../faults.ts'
import { onlyJson } from '../request-guard.ts'
import type { FakeVkusVill } from '../shop/fake-vkusvill.ts'
import { groupId, groupName } from '../telegram/chats.ts'
import type { FakeTelegram } from '../telegram/fake-telegram.ts'
import { ImpossibleAction } from '../telegram/user-actions.ts'
import {
  After,
  BlockRequest,
  CallbackRequest,
  ChatId,
  MessageRequest,
  NewUserRequest,
  RemoveRequest,
  StopRequest,
  UpdateRequest,
  UserId,
} from './control-requests.ts'
import { openEventStream } from './event-stream.ts'
import type { SandboxEventFeed } from './events-feed.ts'
import { messageView, richMessageView } from './message-view.ts'

export interface ControlApiDeps {
  telegram: FakeTelegram
  shop: Pick<FakeVkusVill, 'basketView'>
  faults: Faults
  events?: SandboxEventFeed | undefined
}

/**
 * Acting as a user, over HTTP with JSON. Wrong input is answered with 400 and `{"error"}`.
 *
 * - `POST /sandbox/chats/:userId/messages` `{"text"}` → `{"message_id"}`. Instead of text `{"sticker":true}`,
 *   `{"voice":true}`, `{"photo":true,"caption"?}` or `{"edit_of":ID,"text"}`; `"chat":"group"` writes in the group,
 *   `"date"` (Unix seconds) dates the message. A text over 4096 characters is sent in parts, as Telegram's apps do.
 * - `POST /sandbox/chats/:userId/callbacks` `{"message_id","data","chat"?}` presses a button → `{"callback_query_id"}`.
 * - `GET /sandbox/chats/:chatId/messages?after=ID` → messages, see `MessageView`; the group has a negative id.
 * - `POST /sandbox/chats/:userId/stop` `{"draft_id"}` presses the stop button of the draft that the bot is writing.
 * - `GET /sandbox/chats/:chatId/stream` → server-sent events `snapshot`, `message`, `edited`, `deleted`, `typing`, `draft`,
 *   `answer`.
 * - A message that the bot sent with `force_reply` is answered by the next one of the user, as in Telegram's apps;
 *   `POST /sandbox/chats/:userId/cancel-reply` `{}` closes it.
 * - `POST /sandbox/chats/:userId/block` `{"blocked"}`: the user blocks the bot, or lets it in again.
 * - `POST /sandbox/chats/:userId/delete` `{"message_id"}`: the user deletes a message, their own or the bot's.
 * - `POST /sandbox/updates` puts any update into the bot's queue, one with a used `update_id` too → `{"update_id"}`,
 *   null when the bot did not ask for updates of this type.
 * - `GET /sandbox/users` → users that can be played and the group, each with its last message, and whether the user has blocked the bot;
 *   `POST /sandbox/users` `{"name"?}` → a new user.
 * - `GET /sandbox/chats/:userId/commands` → the command menu as this user sees it, `[{command, description}]`.
 * - `GET /sandbox/baskets/:number` → what stands behind the link `?share_basket=…`, see `BasketView`; 404 for an unknown one.
 * - `GET /sandbox/bot` → its name, and whether its business events are known here.
 * - `GET /sandbox/faults`, `POST /sandbox/faults` → how the fakes misbehave, see `FaultRequest`.
 * - `GET /sandbox/events` → server-sent events `event` and one `snapshot` (which may repeat some), 404 without a feed.
 * - `GET /sandbox/files/:id` → what the bot uploaded.
 */
export function createControlApi({ telegram, shop, faults, events }: ControlApiDeps): Router {
  const { act } = telegram
  const lastOf = (chatId: number) => {
    const message = act.messages(chatId).at(-1)
    return message ? richMessageView(message) : null
  }
  const router = Router()
  router.use('/sandbox', onlyJson, express.json({ limit: '2mb' }))

  router.post('/sandbox/chats/:userId/messages', (req, res) => {
    const userId = read('userId', UserId, req.params.userId)
    const { chat, date, ...content } = read('body', MessageRequest, req.body)
    const options = { chat, date }
    if ('edit_of' in content) {
      act.editText(userId, content.edit_of, content.text, options)
      res.json({ message_id: content.edit_of })
    } else res.json({ message_id: act.send(userId, content, options) })
  })
  router.post('/sandbox/chats/:userId/callbacks', (req, res) => {
    const userId = read('userId', UserId, req.params.userId)
    const { message_id, data, chat } = read('body', CallbackRequest, req.body)
    res.json({ callback_query_id: act.press(userId, message_id, data, { chat }) })
  })
  router.post('/sandbox/chats/:userId/stop', (req, res) => {
    const { draft_id } = read('body', StopRequest, req.body)
    act.stop(read('userId', UserId, req.params.userId), draft_id)
    res.json({ draft_id })
  })
  router.post('/sandbox/chats/:userId/cancel-reply', (req, res) => {
    act.cancelReply(read('userId', UserId, req.params.userId))
    res.json({})
  })
  router.post('/sandbox/chats/:userId/block', (req, res) => {
    const { blocked } = read('body', BlockRequest, req.body)
    act.block(read('userId', UserId, req.params.userId), blocked)
    res.json({ blocked })
  })
  router.post('/sandbox/chats/:userId/delete', (req, res) => {
    const { message_id } = read('body', RemoveRequest, req.body)
    act.remove(read('userId', UserId, req.params.userId), message_id)
    res.json({ message_id })
  })
  router.get('/sandbox/chats/:chatId/messages', (req, res) => {
    const chatId = read('chatId', ChatId, req.params.chatId)
    const after = read('after', After, req.query.after)
    const messages = act.messages(chatId).filter(message => message.message_id > after)
    res.json(messages.map(messageView))
  })
  router.get('/sandbox/chats/:chatId/stream', (req, res) => {
    const chatId = read('chatId', ChatId, req.params.chatId)
    const stopWatching = act.watch(chatId, change => {
      if ('message' in change) stream.send(change.kind, richMessageView(change.message))
      else stream.send(change.kind, change)
    })
    const stream = openEventStream(res, stopWatching)
    stream.send('snapshot', act.messages(chatId).map(richMessageView))
    const draft = act.draft(chatId)
    if (draft !== null) stream.send('draft', { kind: 'draft', draft })
    const to = act.awaitedReply(chatId)
    if (to !== null) stream.send('reply', { kind: 'reply', to })
  })

  router.get('/sandbox/chats/:userId/commands', (req, res) => {
    res.json(telegram.commandsFor(read('userId', UserId, req.params.userId)))
  })

  router.post('/sandbox/updates', (req, res) => {
    const update = act.inject(read('body', UpdateRequest, req.body))
    res.json({ update_id: update?.update_id ?? null })
  })
  router.get('/sandbox/users', (_req, res) => {
    const users = act.users().map(({ id, first_name: name }) => ({
      ...{ id, name, last: lastOf(id), blocked: act.isBlocked(id) },
    }))
    res.json({ users, group: { id: groupId, name: groupName, last: lastOf(groupId) } })
  })
  router.post('/sandbox/users', (req, res) => {
    const { id, first_name: name } = act.addUser(read('body', NewUserRequest, req.body ?? {}).name)
    res.json({ id, name })
  })
  router.get('/sandbox/baskets/:number', (req, res) => {
    const basket = shop.basketView(req.params.number)
    if (basket === null) return void res.status(404).json({ error: 'the fake shop has made no such basket' })
    res.json(basket)
  })
  router.get('/sandbox/bot', (_req, res) => {
    const { first_name: name, username } = telegram.me
    res.json({ name, username, has_events: events !== undefined })
  })
  router.get('/sandbox/files/:id', (req, res) => {
    const file = telegram.file(req.params.id)
    if (!file) return void res.status(404).json({ error: 'no such file' })
    res.type(file.contentType).set('cache-control', 'private, max-age=86400').set('x-content-type-options', 'nosniff')
    if (!file.contentType.startsWith('image/')) res.attachment(file.name)
    res.send(file.bytes)
  })

  router.get('/sandbox/faults', (_req, res) => {
    res.json(Object.fromEntries(FaultRequest.shape.service.options.map(service => [service, faults.get(service)])))
  })
  router.post('/sandbox/faults', (req, res) => {
    const request = read('body', FaultRequest, req.body)
    faults.set(request)
    res.json(request)
  })
  router.get('/sandbox/events', async (_req, res) => {
    if (!events) return void res.status(404).json({ error: 'the bot runs elsewhere: its events are not known here' })
    const stream = openEventStream(res, () => stopListening())
    const stopListening = events.subscribe(event => stream.send('event', event))
    stream.send('snapshot', await events.recent())
  })

  router.use('/sandbox', (_req, res) => void res.status(404).json({ error: 'no such address in the sandbox' }))
  router.use('/sandbox', answerError)
  return router
}

/** Input that does not fit; the message names the field. */
class WrongInput extends Error {
  override readonly name = 'WrongInput'
}

function read<T>(where: string, shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(issue => `${issue.path.join('.') || where}: ${issue.message}`)
  throw new WrongInput(problems.join('; '))
}

const answerError: ErrorRequestHandler = (err: unknown, _req, res, next) => {
  if (res.headersSent) return next(err)
  if (err instanceof WrongInput || err instanceof ImpossibleAction) {
    return void res.status(400).json({ error: err.message })
  }
  const status = typeof err === 'object' && err !== null && 'status' in err ? err.status : undefined
  if (status === 400) return void res.status(400).json({ error: 'body: is not JSON' })
  if (status === 413) return void res.status(413).json({ error: 'body: is too large' })
  next(err)
}
