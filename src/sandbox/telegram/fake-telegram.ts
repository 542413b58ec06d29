import express, { type ErrorRequestHandler, type RequestHandler, Router } from 'express'
import type { UserFromGetMe } from 'grammy/types'
import multer, { MulterError } from 'multer'
import type { Log } from '../../telemetry/log.ts'
import { silentLog } from '../../telemetry/log.ts'
import { type Faults, withFaults } from '../faults.ts'
import type { BotApi, BotApiMethod } from './bot-api.ts'
import { BotApiRefusal, badRequest, refusalOfStatus } from './bot-api-refusal.ts'
import { createCallbackQueries } from './callback-queries.ts'
import { createChats } from './chats.ts'
import { createDrafts } from './drafts.ts'
import { createFileStore, type StoredFile } from './file-store.ts'
import { createMediaMethods } from './media-methods.ts'
import { createMessageMethods } from './message-methods.ts'
import { createProfileMethods } from './profile-methods.ts'
import { createRequestParams, paramsOfRequest } from './request-params.ts'
import { createSendLimiter } from './send-limiter.ts'
import { createUpdateMethods } from './update-methods.ts'
import { createUpdateQueue } from './update-queue.ts'
import { createUserActions, type UserActions } from './user-actions.ts'
import { createWebhookSender } from './webhook.ts'

export interface FakeTelegramDeps {
  token: string
  username: string
  faults: Faults
  adminId: number
  now: () => Date
  log?: Log | undefined
  /** Whether to refuse with 429 what Telegram's own limits would. */
  limitSending?: boolean | undefined
  /** False: a Bot API server from before 9.3, which answers a draft with 404. */
  knowsDrafts?: boolean
  /** How long the preview of a draft lasts, in milliseconds; tests make it short. */
  draftTtlMs?: number
  /** How long a webhook delivery pauses; tests make it short. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

export interface FakeTelegram {
  /** Answers `/bot<token>/<method>` and `/file/bot<token>/<path>`. */
  router: Router
  /** What users in the chats do and see. */
  act: UserActions
  me: UserFromGetMe
  /** The command menu that a user sees in the chat with the bot. */
  commandsFor(userId: number): { command: string; description: string }[]
  file(fileId: string): StoredFile | undefined
  /** Whether a `getUpdates` waits for the next update. */
  isPolled(): boolean
  /** Ends waiting polls and webhook deliveries. */
  close(): void
}

const uploadLimitBytes = 50 * 1024 * 1024

/** A Telegram with one bot, in memory, that speaks the Bot API over HTTP with Telegram's limits and error texts. */
export function createFakeTelegram(deps: FakeTelegramDeps): FakeTelegram {
  const { token, username, faults, adminId, now, log = silentLog } = deps
  const me = botUser(token, username)
  const chats = createChats({ adminId })
  const files = createFileStore()
  const queue = createUpdateQueue({ now })
  const api: BotApi = {
    me,
    chats,
    files,
    seconds: () => Math.floor(now().getTime() / 1000),
    limit: deps.limitSending ? createSendLimiter({ now }) : () => undefined,
  }
  const webhook = createWebhookSender({ queue, now, sleep: deps.sleep, onReply: replyFromWebhook })
  const callbackQueries = createCallbackQueries(api)
  const drafts = createDrafts(api, deps.draftTtlMs)
  const profile = createProfileMethods(api)
  const methods = new Map<string, BotApiMethod>(
    Object.entries({
      ...createUpdateMethods({ queue, webhook }),
      ...createMessageMethods(api),
      ...createMediaMethods(api),
      ...callbackQueries.methods,
      ...(deps.knowsDrafts === false ? {} : drafts.methods),
      ...profile.methods,
    }).map(([name, method]) => [name.toLowerCase(), method]),
  )

  /** As Telegram does: the result of a method called in a webhook answer is dropped. */
  function replyFromWebhook(name: string, params: Record<string, unknown>): void {
    const method = methods.get(name.toLowerCase())
    if (!method) return
    Promise.resolve()
      .then(() => method(createRequestParams(params), new AbortController().signal))
      .catch((err: unknown) => log.warn('http_failed', { operation: 'webhook reply', status: null, err }))
  }

  const callMethod: RequestHandler = async (req, res) => {
    if (req.params.token !== token) throw new BotApiRefusal(401, 'Unauthorized')
    const method = methods.get(String(req.params.method).toLowerCase())
    if (!method) throw new BotApiRefusal(404, 'Not Found: method not found')
    const disconnected = new AbortController()
    res.once('close', () => disconnected.abort())
    const result = await method(paramsOfRequest(req), disconnected.signal)
    if (!disconnected.signal.aborted) res.json({ ok: true, result })
  }
  const answerError: ErrorRequestHandler = (err: unknown, _req, res, next) => {
    if (res.headersSent) return next(err)
    const refusal = refusalOf(err)
    if (refusal.code === 500) log.error('http_failed', { operation: 'fake Telegram', status: 500, err })
    res.status(refusal.code).json(refusal.body())
  }

  const router = Router()
  const misbehave = withFaults(faults, 'telegram', (status, { description, parameters, delay_ms }) => ({
    body:
      description === undefined
        ? refusalOfStatus(status, Math.max(1, Math.ceil(delay_ms / 1000))).body()
        : { ok: false, error_code: status, description, ...(parameters && { parameters }) },
  }))
  const readUploads = multer({ storage: multer.memoryStorage(), limits: { fileSize: uploadLimitBytes, files: 10 } })
  router.all(
    '/bot:token/:method',
    refuseForms,
    express.json({ limit: '2mb' }),
    readUploads.any(),
    misbehave,
    callMethod,
  )
  router.get('/file/bot:token/:kind/:name', misbehave, (req, res) => {
    const file = req.params.token === token ? files.byPath(`${req.params.kind}/${req.params.name}`) : undefined
    if (!file) throw new BotApiRefusal(404, 'Not Found')
    res.type('application/octet-stream').send(file.bytes)
  })
  router.use(['/bot:token', '/file'], () => {
    throw new BotApiRefusal(404, 'Not Found')
  })
  router.use(answerError)

  return {
    router,
    act: createUserActions({ api, queue, callbackQueries, drafts }),
    me,
    commandsFor: userId => profile.commandsFor(chats.user(userId)),
    file: files.byId,
    isPolled: queue.isPolled,
    close: () => {
      webhook.remove()
      queue.interrupt('Conflict: terminated by stop of the server')
    },
  }
}

/** Methods that take files. */
const uploads: readonly string[] = ['sendphoto', 'senddocument', 'editmessagemedia']

/**
 * Unlike the real one it takes JSON, and uploads where a file is sent, but no plain form and no changes by GET: any page
 * open on this machine could send those, and the token is known to all.
 */
const refuseForms: RequestHandler = (req, _res, next) => {
  const method = String(req.params.method).toLowerCase()
  const isUpload = uploads.includes(method) && req.is('multipart/form-data')
  const isReading = method.startsWith('get') && !req.get('content-type')
  if (isUpload || isReading || req.is('application/json')) return next()
  throw badRequest('the fake takes parameters as application/json only')
}

function botUser(token: string, username: string): UserFromGetMe {
  return {
    id: Number(token.split(':')[0]),
    is_bot: true,
    first_name: 'ВкусВилл помощник',
    username,
    can_join_groups: true,
    can_read_all_group_messages: true,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  }
}

function refusalOf(err: unknown): BotApiRefusal {
  if (err instanceof BotApiRefusal) return err
  if (err instanceof MulterError) {
    return err.code === 'LIMIT_FILE_SIZE'
      ? new BotApiRefusal(413, 'Request Entity Too Large')
      : badRequest('wrong multipart request')
  }
  const status = typeof err === 'object' && err !== null && 'status' in err ? err.status : undefined
  if (status === 413) return new BotApiRefusal(413, 'Request Entity Too Large')
  if (status === 400) return badRequest("can't parse request body")
  return new BotApiRefusal(500, 'Internal Server Error')
}
