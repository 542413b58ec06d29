import type { Update } from 'grammy/types'
import { type Policies, production } from './bot.ts'
import { createKernel } from './kernel.ts'
import { drawProfile, type RunProfile } from './profile.ts'
import { type PromiseName, Violation } from './watch.ts'
import { createWorld, type World } from './world.ts'

export interface PlayedSeed {
  seed: number
  /** Null when every promise held. */
  broken: { rule: PromiseName; message: string } | null
  /** Equal when the run took the same steps. */
  hash: string
  steps: number
  virtualMs: number
}

interface SimulationResult extends PlayedSeed {
  profile: RunProfile
}

export interface SimulationOptions {
  policies?: Partial<Policies>
  /** Sees every step as it is taken. */
  onStep?: (atMs: number, step: string) => void
}

/** After the last fault everything is settled within so long, else it never will be. */
const settleMs = 150_000

/** Plays one seed. Rejects when the bot throws what it must not. */
export async function simulate(
  seed: number,
  { policies = {}, onStep }: SimulationOptions = {},
): Promise<SimulationResult> {
  const kernel = createKernel(seed, onStep ?? null)
  const profile = drawProfile(kernel.random)
  const world = createWorld(kernel, profile, { ...production, ...policies })
  let broken: PlayedSeed['broken'] = null
  try {
    await play(world)
  } catch (err) {
    if (!(err instanceof Violation)) throw err
    broken = { rule: err.rule, message: err.message }
    kernel.trace(`broken: ${err.message}`)
  }
  return { seed, profile, broken, hash: kernel.hash(), steps: kernel.steps(), virtualMs: kernel.now() }
}

async function play(world: World): Promise<void> {
  const { kernel, profile, watch, tables, telegram } = world
  plan(world)
  await kernel.run(() => kernel.now() > profile.spanMs && world.isQuiet(), profile.spanMs + 16_000)
  world.heal()
  const areAnswered = () =>
    telegram.unconfirmed() === 0 && watch.unanswered().size === 0 && tables.inbox.size() === 0 && allOpen(world)
  const isOfOthers = ({ userId }: { userId: number }) => userId !== profile.poisonedUser
  await settle(world, () => areAnswered() && watch.missing().filter(isOfOthers).length === 0)
  world.cure()
  await settle(world, () => areAnswered() && watch.missing().length === 0 && waiting(world) === 0)
}

const waiting = (world: World) => world.bots().reduce((sum, bot) => sum + bot.waiting(), 0)
const allOpen = (world: World) => world.bots().every(bot => bot.machine.isAlive() && bot.isOpen())

async function settle({ kernel, watch, tables, telegram, bots }: World, isSettled: () => boolean): Promise<void> {
  await kernel.run(isSettled, kernel.now() + settleMs)
  if (isSettled()) return
  const open = {
    unconfirmed: telegram.unconfirmed(),
    unanswered: [...watch.unanswered()],
    inbox: tables.inbox.size(),
    missing: watch.missing().map(({ kind, id, userId }) => `${kind} ${id.slice(0, 8)} of ${userId}`),
    waiting: bots().map(bot => `${bot.machine.name} ${bot.waiting()}`),
  }
  throw new Violation('what waits is dealt with', JSON.stringify(open))
}

/** Spreads what users do, and the faults, over the time of the run. */
function plan({ kernel, profile, watch, telegram, cause, startsAt }: World): void {
  const { random, after } = kernel
  const moments = Array.from({ length: profile.messages }, () => random.next() * profile.spanMs).sort((a, b) => a - b)
  moments.forEach((at, i) => {
    const userId = random.int(1, profile.users)
    const isPress = random.chance(0.2)
    after(at, () => {
      const update = isPress ? press(i + 1, userId) : message(i + 1, userId, startsAt + at)
      watch.sent(update, userId)
      telegram.send(update, userId)
    })
  })
  for (const fault of profile.faults) after(random.next() * profile.spanMs, () => cause(fault))
}

const userOf = (id: number) => ({ id, is_bot: false, first_name: 'А' })
const message = (update_id: number, userId: number, at: number): Update => ({
  update_id,
  message: {
    message_id: update_id,
    date: Math.floor(at / 1000),
    text: `слово ${update_id}`,
    chat: { id: userId, type: 'private', first_name: 'А' },
    from: userOf(userId),
  },
})
const press = (update_id: number, userId: number): Update => ({
  update_id,
  callback_query: { id: String(update_id), data: 'x', chat_instance: '1', from: userOf(userId) },
})
