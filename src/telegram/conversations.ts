import { Composer, type Middleware } from 'grammy'
import { createAdminGuard } from './admin/admin-guard.ts'
import { createChat } from './chat/chat.ts'
import type { BotContext } from './context.ts'
import type { ConversationDeps } from './conversation.ts'
import { createHelp } from './help/help.ts'
import { createLeftovers } from './help/leftovers.ts'
import { createInvite } from './invite/invite.ts'
import type { UpdateMetrics } from './metrics.ts'
import { createConsent } from './privacy/consent.ts'
import { createErasure } from './privacy/erasure.ts'
import { createStart } from './start/start.ts'
import { createSurvey } from './survey/survey.ts'
import { createAlbums } from './updates/albums.ts'
import { createPersonLoader } from './updates/person.ts'
import type { PersonLock } from './updates/person-lock.ts'
import { createPrivateOnly } from './updates/private-only.ts'
import { createThrottle, type ThrottleSettings } from './updates/throttle.ts'
import type { ThrottleStore } from './updates/throttle-store.ts'
import { createUpdateFrame } from './updates/update-frame.ts'
import { createUserQueue } from './updates/user-queue.ts'

/** What this room lends to the commands of admins. */
export type AdminTools = Pick<ConversationDeps, 'eraseAlso' | 'notify'>

export interface ConversationsDeps extends ConversationDeps {
  metrics: UpdateMetrics
  throttle: ThrottleSettings
  throttleStore: ThrottleStore
  lock: PersonLock
  admin?: ((tools: AdminTools) => Middleware<BotContext>) | undefined
}

/** The way of an update: frame, private chats only, one at a time per person, not too many, then whoever it is for. */
export function createConversations(deps: ConversationsDeps): Composer<BotContext> {
  const survey = createSurvey(deps)
  const chat = createChat({ ...deps, survey })
  const eraseAlso = async (userId: number) => {
    chat.forget(userId)
    await deps.eraseAlso(userId)
  }

  const albums = createAlbums(deps)

  const composer = new Composer<BotContext>()
  composer.use(
    createUpdateFrame(deps),
    createPrivateOnly(),
    albums.collect,
    createUserQueue(deps),
    albums.gather,
    createThrottle(deps.throttleStore, deps.throttle),
    createAdminGuard({ ...deps, admin: deps.admin?.({ eraseAlso, notify: deps.notify }) }),
    createPersonLoader(deps.users),
    createStart(deps),
    createHelp(deps),
    createInvite(deps),
    createConsent({ ...deps, resume: chat.resume, hasWaiting: chat.hasWaiting }),
    createErasure({ ...deps, eraseAlso }),
    survey.composer,
    createLeftovers(),
    chat.composer,
  )
  return composer
}
