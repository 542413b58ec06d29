import { type Api, Composer } from 'grammy'
import type { AdminConversation, AdminTools } from './admin/admin-deps.ts'
import { createAdminGuard, createUrgentAdmin } from './admin/admin-guard.ts'
import { createAnswerRequest } from './chat/answer-request.ts'
import { createCartActions } from './chat/cart-actions.ts'
import { createChat } from './chat/chat.ts'
import { createGoOnButtons } from './chat/go-on-buttons.ts'
import { createLarderButton } from './chat/larder-button.ts'
import { createRateCart } from './chat/rate-cart.ts'
import { createStopButtons, handleStop } from './chat/stop-buttons.ts'
import { createStops } from './chat/stops.ts'
import { type CommandMenus, createCommandMenus } from './command-menus.ts'
import { createCommandRouter } from './commands.ts'
import type { BotContext } from './context.ts'
import type { ConversationDeps } from './conversation.ts'
import { createFallback } from './help/fallback.ts'
import { createReset } from './help/reset.ts'
import { createInvite } from './invite/invite.ts'
import type { UpdateMetrics } from './metrics.ts'
import { createConsent } from './privacy/consent.ts'
import { createConsentGate } from './privacy/consent-gate.ts'
import { createErasure } from './privacy/erasure.ts'
import { createStart } from './start/start.ts'
import { createSurvey } from './survey/survey.ts'
import { createAlbums } from './updates/albums.ts'
import { createBotBlocks } from './updates/bot-blocks.ts'
import { createUserLoader } from './updates/load-user.ts'
import { createPrivateOnly } from './updates/private-only.ts'
import { createThrottle, type ThrottleSettings } from './updates/throttle.ts'
import type { ThrottleStore } from './updates/throttle-store.ts'
import { createUpdateFrame, type UpdateFrameDeps } from './updates/update-frame.ts'
import { createUserQueue } from './updates/user-queue.ts'
import { createUserCommands } from './user-commands.ts'

export interface ConversationsDeps extends ConversationDeps, Pick<UpdateFrameDeps, 'beforeInbox' | 'onLeft'> {
  metrics: UpdateMetrics
  throttle: ThrottleSettings
  throttleStore: ThrottleStore
  api: Api
  admin?: ((tools: AdminTools) => AdminConversation) | undefined
}

export interface Conversations {
  composer: Composer<BotContext>
  menus: CommandMenus
}

/** The path of an update: frame, private chats only, one at a time per user, throttle, then its handler. */
export function createConversations(deps: ConversationsDeps): Conversations {
  const gate = createConsentGate(deps)
  const survey = createSurvey({ ...deps, gate })
  const stops = createStops()
  const answer = createAnswerRequest({ ...deps, stops })
  const chat = createChat({ ...deps, survey, gate, answer })
  const eraseAlso = async (userId: number) => {
    gate.take(userId)
    await deps.eraseAlso(userId)
  }

  const admin = deps.admin?.({ eraseAlso, notify: deps.notify })
  const invite = createInvite(deps)
  const consent = createConsent({ ...deps, gate, showUnshown: chat.showUnshown })
  const erasure = createErasure({ ...deps, eraseAlso, gate })
  const start = createStart({ ...deps, gate, press: chat.press })
  const { allowance, supportContact } = deps
  const userCommands = createUserCommands({
    allowance,
    supportContact,
    handlers: {
      start: async ctx => {
        await start.handle(ctx)
        await menus.publishForAdmin(ctx.userId)
      },
      stop: handleStop,
      reset: createReset(deps),
      invite: invite.handle,
      survey: survey.handle,
      me: erasure.showRecord,
      privacy: consent.handle,
      delete_me: erasure.ask,
    },
  })
  const { api, adminUserIds } = deps
  const menus = createCommandMenus({ api, adminUserIds, userCommands, adminCommands: admin?.commands ?? null })

  const buttons = new Composer<BotContext>()
  // one look instead of one for each button: a message is none of them
  buttons
    .filter(ctx => ctx.callbackQuery !== undefined)
    .use(
      start.buttons,
      createRateCart(deps),
      createCartActions({ ...deps, press: chat.press }),
      createGoOnButtons({ assistant: deps.assistant, press: chat.press }),
      invite.buttons,
      consent.buttons,
      erasure.buttons,
      survey.buttons,
      createLarderButton(chat),
      ...(deps.queueGate === null ? [] : [deps.queueGate.buttons]),
    )

  const albums = createAlbums({ ...deps, abandoned: deps.departure.abandoned })
  const composer = new Composer<BotContext>()
  composer.use(
    createUpdateFrame(deps),
    createBotBlocks(deps),
    createPrivateOnly(),
    createStopButtons(stops),
    createUrgentAdmin({ adminUserIds, admin }),
    albums.collect,
    createUserQueue(deps),
    albums.gather,
    createThrottle(deps.throttleStore, deps.throttle),
    createAdminGuard({ adminUserIds, admin }),
    createUserLoader(deps.users),
    createCommandRouter(userCommands),
    buttons,
    createFallback(),
    chat.composer,
  )
  return { composer, menus }
}
