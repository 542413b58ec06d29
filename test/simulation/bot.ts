import { Api, Context } from 'grammy'
import type { Update, UserFromGetMe } from 'grammy/types'
import { Registry } from 'prom-client'
import { createCartJournal } from '../../src/events/cart-journal.ts'
import { createEventStore, type EventStore } from '../../src/events/event-store.ts'
import { factId } from '../../src/events/fact-id.ts'
import type { UsageFact } from '../../src/events/facts.ts'
import { createRecorder, type Recorder } from '../../src/events/recorder.ts'
import { createSpool, type Spool } from '../../src/events/spool.ts'
import type { StoredCart } from '../../src/shop/cart.ts'
import { createNewerMessages } from '../../src/telegram/chat/newer-messages.ts'
import { type BotContext, prepareContext } from '../../src/telegram/context.ts'
import { createDeparture } from '../../src/telegram/updates/departure.ts'
import { createInbox } from '../../src/telegram/updates/inbox.ts'
import type { InboxCipher } from '../../src/telegram/updates/inbox-cipher.ts'
import type { BeforeInbox } from '../../src/telegram/updates/inbox-in-flight.ts'
import { createInboxMetrics } from '../../src/telegram/updates/inbox-metrics.ts'
import { createInboxStore, type InboxStore } from '../../src/telegram/updates/inbox-store.ts'
import { createUpdateSource } from '../../src/telegram/updates/update-source.ts'
import { createUserQueue } from '../../src/telegram/updates/user-queue.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import type { MetricRegistry } from '../../src/telemetry/registry.ts'
import { createUsers } from '../../src/users/create-users.ts'
import { createUserStore } from '../../src/users/user-store.ts'
import { createMachine, type SimulatedProcess } from './machine.ts'
import { connectDatabase } from './models/database.ts'
import type { Receiver } from './models/telegram.ts'
import type { World } from './world.ts'

/** What a run may replace, so that a fault of ours is planted. */
export interface Policies {
  inboxStore(store: InboxStore): InboxStore
  eventStore(store: EventStore): EventStore
  spool(spool: Spool): Spool
  /** Makes the ids of batches from ids that are new. */
  newId(fresh: () => string): () => string
}

export const production: Policies = {
  inboxStore: store => store,
  eventStore: store => store,
  spool: spool => spool,
  newId: fresh => fresh,
}

export interface Bot extends Receiver {
  /** Resolves when it takes updates. */
  started: Promise<void>
  /** Ends in order, as after SIGTERM. */
  stop(): Promise<void>
  /** Facts accepted and not yet in PostgreSQL. */
  waiting(): number
}

/** Sealing is not what is tried here. */
const plainCipher: InboxCipher = {
  seal: update => Buffer.from(JSON.stringify(update)),
  open: body => JSON.parse(body.toString('utf8')) as Update,
}
const me = { id: 1, is_bot: true, first_name: 'bot', username: 'bot' } as UserFromGetMe
const timeZone = 'UTC'
const settings = { timeZone, cartLimit: 5, surveyBonus: 5, referralBonus: 3 }
const stopTimeoutMs = 14_000
const backlogMs = 30_000

/** Starts a process: the modules of production on a machine, a disk and services that fail. `replica` names its DATA_DIR. */
export function startBot(world: World, replica: string, life: number): Bot {
  const { kernel, watch, policies } = world
  const { random } = kernel
  const machine = createMachine(kernel, `${replica}.${life}`)
  const { sleep } = machine
  const now = () => new Date(world.startsAt + kernel.now())
  const files = world.diskOf(replica).filesFor(machine)
  const db = connectDatabase(machine, world.databaseLink(replica), world.tables)
  const register: MetricRegistry = new Registry()
  const newId = policies.newId(random.uuid)

  const eventStore = policies.eventStore(createEventStore({ db, settings, idHash: String }))
  const spool = policies.spool(createSpool('/data', files))
  const recorder = watched(
    createRecorder({
      store: {
        apply: batch => {
          watch.sends(machine, replica, batch.id)
          return eventStore.apply(batch)
        },
      },
      spool: {
        ...spool,
        reject: async (fact, reason) => {
          watch.refuses(fact, world.isUnstorable(fact.id))
          await spool.reject(fact, reason)
        },
      },
      log: silentLog,
      register,
      sleep,
      newId,
    }),
    world,
    machine,
    replica,
  )
  const users = createUsers({
    store: createUserStore(db, timeZone),
    recorder,
    carts: createCartJournal('/data', now, files),
    now,
    sleep,
    cachedUsers: 100,
  })

  const api = new Api('1:token')
  api.config.use(async (_call, method) => {
    await sleep(random.next() * 60)
    kernel.trace(`${machine.name} ${method}`)
    return { ok: true, result: { message_id: 1 } } as never
  })
  const worker = random.uuid()
  const direct = new WeakSet<Update>()
  const departure = createDeparture()
  const middleware = createUserQueue({ users, departure, remembered: 100, sleep }).middleware()

  const answer = createConversation(world, machine, { users, recorder, newId: random.uuid })
  const handle = async (update: Update, before: BeforeInbox): Promise<'dealt_with' | 'left'> => {
    const ctx = new Context(update, api, me) as BotContext
    prepareContext(ctx, now, before)
    await middleware(ctx, async () => {
      watch.begins(machine, ctx.userId, update.update_id, !direct.has(update))
      try {
        await answer(ctx)
      } finally {
        watch.ends(machine, ctx.userId, update.update_id)
      }
    })
    // what another process has answered, or was rejected, needs no answer
    const isLeft = departure.abandoned.aborted || ctx.outcome === 'left'
    if (!isLeft && ctx.outcome !== 'ignored') watch.answered(update.update_id)
    return isLeft ? 'left' : 'dealt_with'
  }
  const store = policies.inboxStore(
    createInboxStore({ db, worker, inOrder: world.profile.intake === 'polling', sleep }),
  )
  let failedTakes = 0
  const inbox = createInbox({
    store: {
      ...store,
      put: async (update, ...how) => {
        const handed = await store.put(update, ...how)
        world.withoutInbox.delete(update.updateId)
        return handed
      },
      take: async (...what) => {
        try {
          const handed = await store.take(...what)
          failedTakes = 0
          return handed
        } catch (err) {
          failedTakes += 1
          if (failedTakes >= 3) watch.goesBlind(machine)
          throw err
        }
      },
    },
    cipher: plainCipher,
    handle: (update, before) => {
      watch.gives(machine, update.update_id)
      if (world.withoutInbox.has(update.update_id)) direct.add(update)
      return handle(update, before)
    },
    metrics: createInboxMetrics(register),
    log: silentLog,
    sleep,
    elapsedMs: kernel.now,
  })
  world.workers.set(machine, worker)

  const accept = async (update: Update) => {
    watch.arrives(machine, update.update_id)
    world.withoutInbox.add(update.update_id)
    const outcome = await inbox.accept(update)
    if (outcome === 'dealt_with') watch.confirmed(update.update_id)
    return outcome
  }
  let isOpen = false
  const stopping = new AbortController()
  const source = createUpdateSource({
    getUpdates: request => world.telegram.getUpdates(machine, request),
    log: silentLog,
    sleep,
  })
  const poll = async () => {
    while (!stopping.signal.aborted) {
      for (const update of await source.supply(stopping.signal)) {
        void accept(update).then(outcome => {
          if (outcome === 'dealt_with') source.done(update.update_id)
          else source.leave(update.update_id)
        })
      }
    }
  }
  const start = async () => {
    const deadline = new AbortController()
    await Promise.race([recorder.start(), sleep(backlogMs, deadline.signal)])
    deadline.abort()
    await inbox.start()
    isOpen = true
    kernel.trace(`${machine.name} is open`)
    if (world.profile.intake === 'polling') void poll()
  }

  return {
    machine,
    isOpen: () => isOpen,
    accept,
    started: start(),
    stop: async () => {
      isOpen = false
      stopping.abort()
      const finished = inbox.finish(stopTimeoutMs)
      departure.end()
      if (world.profile.intake === 'polling') {
        await Promise.race([source.idle(), sleep(stopTimeoutMs)])
        await Promise.race([source.confirm(), sleep(2_000)])
      }
      await finished
      departure.abandon()
      await inbox.leave()
      await recorder.stop()
      machine.kill()
    },
    waiting: recorder.waiting,
  }
}

/** What production's `submit` is, seen: a fact is durable once it is stored or spooled. */
function watched(recorder: Recorder, { watch }: World, machine: SimulatedProcess, replica: string): Recorder {
  const submitDurably: Recorder['submitDurably'] = async fact => {
    watch.submits(machine, replica, fact)
    const outcome = await recorder.submitDurably(fact)
    watch.durable(replica, fact)
    return outcome
  }
  return { ...recorder, submitDurably, submit: fact => submitDurably(fact).catch(() => null) }
}

interface ConversationDeps {
  users: ReturnType<typeof createUsers>
  recorder: Recorder
  newId: () => string
}

/** What stands for the conversation and the assistant: a model call, for some messages a cart, and the facts of both. */
function createConversation(world: World, machine: SimulatedProcess, { users, recorder, newId }: ConversationDeps) {
  const { kernel, watch } = world
  const { random } = kernel
  const usageOf = (ctx: BotContext): UsageFact => ({
    kind: 'usage',
    // of each attempt its own: a call that is made again is paid again
    id: newId(),
    userId: ctx.userId,
    at: ctx.ref.at,
    requestId: null,
    calls: 1,
    tokens: 10,
    costRub: 0.5,
  })
  const send = async (ctx: BotContext, updates: readonly number[]) => {
    await ctx.api.sendMessage(ctx.userId, 'ответ')
    for (const updateId of updates) watch.answered(updateId)
  }
  const newerMessages = createNewerMessages({ users, sleep: machine.sleep, togetherMs: 0, elapsedMs: kernel.now })
  const isCart = (updateId: number) => updateId % 3 === 0

  return async (ctx: BotContext): Promise<void> => {
    const { update_id: updateId } = ctx.update
    ctx.outcome = 'answered'
    if (ctx.callbackQuery !== undefined) return send(ctx, [updateId])
    const seen = await users.message(ctx.ref, ctx.userId)
    if (seen?.delivery === 'done') {
      ctx.outcome = 'repeated'
      return
    }
    if (seen?.cart) return send(ctx, [updateId])
    await world.model.ask(machine, `for ${updateId}`)
    const newer = await newerMessages(ctx, ctx.messageText).take('turn', new AbortController().signal)
    const together = newer?.updates ?? []
    if (isCart(updateId)) {
      const cart = { lines: [], totalMinor: null, link: `cart of ${updateId}` } as unknown as StoredCart
      const fact = { totalSum: null, scenario: 'search', affiliateTag: null, revises: false } as const
      await users.cartCreated(ctx.ref, ctx.userId, { ...fact, ordinal: 1, cart, together })
    }
    if (random.chance(0.3)) {
      await recorder.record({
        ...{
          id: factId(ctx.ref.key, 'search'),
          type: 'product_search',
          userId: ctx.userId,
          at: ctx.ref.at,
          requestId: null,
        },
        metadata: { query: 'сыр', results_count: 1, had_results: true },
      })
    }
    await recorder.submit(usageOf(ctx))
    await send(ctx, [updateId, ...ctx.following.taken().map(({ update }) => update.update_id)])
  }
}
