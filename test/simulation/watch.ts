import type { Update } from 'grammy/types'
import type { Fact } from '../../src/events/facts.ts'
import type { Kernel } from './kernel.ts'
import type { SimulatedProcess } from './machine.ts'
import type { AppliedFact } from './models/fact-tables.ts'

/** A promise of the bot that a run has broken. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly rule: PromiseName
  constructor(rule: PromiseName, detail: string) {
    super(`${rule}: ${detail}`)
    this.rule = rule
  }
}

export type PromiseName =
  | 'nothing is lost'
  | 'nothing is doubled'
  | 'updates of a user are worked on in order'
  | 'facts of a user are stored in order'
  | 'a batch has an id of its own'
  | 'only what can never be stored is refused'
  | 'no more streams than there are'
  | 'the shop is not asked faster than its pace'
  | 'what waits is dealt with'

interface Working {
  machine: SimulatedProcess
  updateId: number
}

interface Submitted {
  fact: Fact
  machine: SimulatedProcess
  /** In which order facts were submitted. */
  place: number
  /** The same of the first time: a process that died may have spooled it. */
  firstPlace: number
  isDurable: boolean
}

export interface WatchDeps {
  kernel: Kernel
  /** The inbox has the update, and gave it to this process: one that has lost its lease finishes what is another one's by now. */
  isOf(machine: SimulatedProcess, userId: number, updateId: number): boolean
}

/** Sees everything that happens, and fails the run when a promise is broken. */
export function createWatch({ kernel, isOf }: WatchDeps) {
  const working = new Map<number, Working[]>()
  /** The users of the updates. */
  const sent = new Map<number, number>()
  const answered = new Set<number>()
  const unanswered = new Set<number>()
  const submitted = new Map<string, Submitted>()
  const applied = new Map<string, string>()
  const lastPlace = new Map<string, Submitted>()
  const refused = new Set<string>()
  const batches = new Map<string, string>()
  const arrivals = new Map<number, { machine: SimulatedProcess; from: number; until: number }>()
  /** Where each update was given last, and when. */
  const given = new Map<number, { machine: SimulatedProcess; place: number }>()
  const blind = new Map<SimulatedProcess, number>()
  /** Updates that a process worked on without PostgreSQL, which may store them later, at another one. */
  const direct = new Map<number, SimulatedProcess>()
  const senders = new Map<string, { machine: SimulatedProcess; replica: string }>()
  let places = 0

  const fail = (rule: PromiseName, detail: string) => kernel.fail(new Violation(rule, detail))

  return {
    fail,
    sent: (update: Update, userId: number) => {
      sent.set(update.update_id, userId)
      unanswered.add(update.update_id)
    },
    /** A process is given an update for the first time, until it confirms it; one that died before is as if it had never had it. */
    arrives: (machine: SimulatedProcess, updateId: number) => {
      const known = arrivals.get(updateId)
      const isNew = known === undefined || (!known.machine.isAlive() && known.until === Number.POSITIVE_INFINITY)
      if (!isNew) return
      const before = given.get(updateId)
      // the inbox had it, and the process that received it did not live to confirm it
      const from = before?.machine === machine ? before.place : places++
      arrivals.set(updateId, { machine, from, until: Number.POSITIVE_INFINITY })
    },
    /** A process gives an update to its user's queue. */
    gives: (machine: SimulatedProcess, updateId: number) => {
      given.set(updateId, { machine, place: places++ })
    },
    /** A process does not hear what it was handed: it goes on with what it knows. */
    goesBlind: (machine: SimulatedProcess) => {
      blind.set(machine, places++)
    },
    confirmed: (updateId: number) => {
      const arrival = arrivals.get(updateId)
      if (arrival !== undefined) arrival.until = Math.min(arrival.until, places++)
    },
    /** A process begins to work on an update; `fromInbox` false while PostgreSQL is unavailable, and order then holds in a process only. */
    begins: (machine: SimulatedProcess, userId: number, updateId: number, fromInbox: boolean) => {
      kernel.trace(`${machine.name} begins update ${updateId} of user ${userId}${fromInbox ? '' : ', not stored'}`)
      const others = (working.get(userId) ?? []).filter(other => other.machine.isAlive())
      working.set(userId, [...others, { machine, updateId }])
      for (const other of others) {
        const areTheirs = isOf(machine, userId, updateId) && isOf(other.machine, userId, other.updateId)
        if (other.machine !== machine && !areTheirs) continue
        fail(
          'updates of a user are worked on in order',
          `${machine.name} begins update ${updateId} while ${other.machine.name} works on ${other.updateId}`,
        )
      }
      if (!fromInbox) direct.set(updateId, machine)
      const mine = arrivals.get(updateId)
      if (!fromInbox || mine === undefined || !isOf(machine, userId, updateId)) return
      for (const [earlier, of] of sent) {
        const other = arrivals.get(earlier)
        if (of !== userId || earlier >= updateId || answered.has(earlier) || other === undefined) continue
        // a message may reach the bot after a press that came later: they stand in queues of their own at Telegram
        const wasBefore = other.machine === mine.machine ? other.from < mine.from : other.until < mine.from
        if ((direct.get(earlier) ?? machine) !== machine) continue
        if (!wasBefore || !isOf(machine, userId, earlier) || (blind.get(machine) ?? -1) > other.from) continue
        fail('updates of a user are worked on in order', `${machine.name} begins update ${updateId} before ${earlier}`)
      }
    },
    ends: (machine: SimulatedProcess, userId: number, updateId: number) => {
      const left = (working.get(userId) ?? []).filter(w => w.machine !== machine || w.updateId !== updateId)
      working.set(userId, left)
    },
    /** The user has something that answers the update. */
    answered: (updateId: number) => {
      answered.add(updateId)
      unanswered.delete(updateId)
    },
    isAnswered: (updateId: number) => answered.has(updateId),
    unanswered: (): ReadonlySet<number> => unanswered,

    submits: (machine: SimulatedProcess, replica: string, fact: Fact) => {
      kernel.trace(`${machine.name} submits ${fact.kind} ${fact.id.slice(0, 8)} of user ${fact.userId}`)
      const name = `${replica}/${fact.id}`
      const known = submitted.get(name)
      // a process that died before it was durable has taken it along
      const isNew = known === undefined || !(known.isDurable || known.machine.isAlive())
      if (!isNew) return
      const place = places++
      submitted.set(name, { fact, machine, place, firstPlace: known?.firstPlace ?? place, isDurable: false })
    },
    durable: (replica: string, fact: Fact) => {
      const known = submitted.get(`${replica}/${fact.id}`)
      if (known !== undefined) known.isDurable = true
    },
    refuses: (fact: Fact, mayBe: boolean) => {
      if (!mayBe) fail('only what can never be stored is refused', `fact ${fact.id} of user ${fact.userId}`)
      refused.add(fact.id)
    },
    /** A process asks PostgreSQL to store a batch. */
    sends: (machine: SimulatedProcess, replica: string, batchId: string) => {
      senders.set(batchId, { machine, replica })
    },
    applies: (batchId: string, facts: readonly AppliedFact[], isRepeat: boolean) => {
      const content = facts
        .map(({ id }) => id)
        .sort()
        .join()
      const names = facts.map(({ id, kind, userId }) => `${kind} ${id.slice(0, 8)} of ${userId}`)
      kernel.trace(`postgres ${isRepeat ? 'knows' : 'stores'} batch ${batchId.slice(0, 8)}: ${names.join(', ')}`)
      const before = batches.get(batchId)
      if (before !== undefined && before !== content) {
        return fail('a batch has an id of its own', `batch ${batchId} came with other facts`)
      }
      batches.set(batchId, content)
      if (isRepeat) return
      for (const { id, userId, kind } of facts) {
        const earlier = applied.get(id)
        // all other kinds are no-ops when they are repeated
        if (kind === 'usage' && earlier !== undefined) {
          fail('nothing is doubled', `fact ${id} of user ${userId} in batches ${earlier} and ${batchId}`)
        }
        applied.set(id, batchId)
        const sender = senders.get(batchId)
        const known = submitted.get(`${sender?.replica}/${id}`)
        // what a process had sent when it died may come after what the next one sends
        if (sender === undefined || known === undefined || earlier !== undefined || !sender.machine.isAlive()) continue
        // plain events change no state: of a batch they are stored last
        if (kind === 'event') continue
        const lane = `${sender.replica}/${userId}`
        const last = lastPlace.get(lane)
        if (last !== undefined && known.place < last.firstPlace) {
          const later = `${last.fact.kind} ${last.fact.id}`
          fail('facts of a user are stored in order', `${kind} ${id} of user ${userId} after ${later}`)
        }
        lastPlace.set(lane, known)
      }
    },
    /** Facts that a process has promised to store and that are nowhere. */
    missing: () =>
      [...submitted.values()]
        .filter(({ fact, isDurable }) => isDurable && !applied.has(fact.id) && !refused.has(fact.id))
        .map(({ fact }) => fact),
  }
}

export type Watch = ReturnType<typeof createWatch>
