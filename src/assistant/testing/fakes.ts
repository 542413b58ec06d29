import type { EventType, Metadata } from '../../events/catalogue.ts'
import type { CartOutcome, UsageFact } from '../../events/facts.ts'
import type { Recorder } from '../../events/recorder.ts'
import type { CartItem, Product, ProductDetails, SearchSort } from '../../shop/shop.ts'
import type { UserState } from '../../users/user-state.ts'
import type { Allowance, LastCart, NewCart, Preference, Restriction, SpentOnDay } from '../../users/users.ts'
import type { Progress, Question } from '../assistant.ts'
import type { DialogueStore } from '../dialogue/dialogue-store.ts'
import type { Unfinished } from '../dialogue/unfinished.ts'
import type { ChatAnswer, ChatModel, ChatRequest, Message } from '../model/chat-model.ts'

/** One turn of the model: text, a call, an answer of any other kind, or a failure. */
export type Turn =
  | string
  | { call: string; args?: Record<string, unknown>; content?: string | null; finishReason?: string }
  | { text: string | null; finishReason: string }
  /** Several calls in one turn, as models behind OpenAI's protocol make them. */
  | { calls: { call: string; args?: Record<string, unknown> }[] }
  | Error
  | ((request: ChatRequest, signal?: AbortSignal) => Turn | Promise<Turn>)

/** A model that says what the script says, turn by turn; when it is over, always the last thing again. */
export function createScriptedChat(...script: Turn[]) {
  const requests: ChatRequest[] = []
  const chat: ChatModel = {
    async chat(request, signal) {
      const { turn: _, ...asked } = request // its functions cannot be copied
      requests.push(structuredClone(asked))
      let turn = script[Math.min(requests.length, script.length) - 1] ?? ''
      while (typeof turn === 'function') turn = await turn(request, signal)
      if (turn instanceof Error) throw turn
      return answerOf(turn)
    },
  }
  return { chat, requests }
}

function answerOf(turn: Exclude<Turn, Error | ((...args: never[]) => unknown)>): ChatAnswer {
  const rest = {
    usage: { promptTokens: 90, completionTokens: 10, totalTokens: 100, precachedTokens: 0 },
    provider: 'gigachat' as const,
    asked: 'GigaChat-2-Max',
    model: 'GigaChat-2-Max:1',
    responseTimeMs: 5,
  }
  if (typeof turn === 'string') {
    return { ...rest, message: { role: 'assistant', content: turn }, finishReason: 'stop' }
  }
  if ('text' in turn) {
    return { ...rest, message: { role: 'assistant', content: turn.text }, finishReason: turn.finishReason }
  }
  if ('calls' in turn) {
    const [first, ...furtherCalls] = turn.calls.map(({ call, args = {} }) => ({ name: call, arguments: args }))
    const message = { role: 'assistant' as const, content: '', ...(first !== undefined && { function_call: first }) }
    return { ...rest, message, furtherCalls, finishReason: 'function_call' }
  }
  const { call: name, args = {}, content = '', finishReason = 'function_call' } = turn
  return {
    ...rest,
    message: { role: 'assistant', content, function_call: { name, arguments: args }, functions_state_id: 'state' },
    finishReason,
  }
}

export const product = (
  xmlId: number,
  name: string,
  rest: Partial<Product> & { rub?: number | null } = {},
): Product => {
  const { rub = 100, ...fields } = rest
  return {
    id: xmlId + 1000,
    xmlId,
    name,
    price: rub === null ? null : { currentMinor: Math.round(rub * 100), oldMinor: null, condition: null },
    unit: 'шт',
    weightGrams: 500,
    rating: { average: 4.8, count: 12 },
    url: `https://vkusvill.ru/goods/${xmlId}/`,
    ...fields,
  }
}

/** A shop that finds a product when its name holds the query. `failing` makes calls of a method throw. */
export function createFakeShop(products: readonly Product[]) {
  const searches: { query: string; sort: SearchSort | undefined }[] = []
  const carts: (readonly CartItem[])[] = []
  const cartWaits: (number | undefined)[] = []
  const failing: Partial<Record<'search' | 'details' | 'createCart', (argument: string) => unknown>> = {}
  const cards = new Map<number, Partial<ProductDetails>>()
  const failIfAsked = (method: keyof typeof failing, argument: string) => {
    const error = failing[method]?.(argument)
    if (error !== undefined) throw error
  }
  return {
    /** The partner mark of the links made. */
    affiliateTag: null as string | null,
    searches,
    carts,
    /** How long each cart might have waited for the shop. */
    cartWaits,
    failing,
    cards,
    async search(query: string, options: { sort?: SearchSort } = {}) {
      searches.push({ query, sort: options.sort })
      failIfAsked('search', query)
      const found = products.filter(p => p.name.toLowerCase().includes(query.toLowerCase()))
      return { query, total: found.length, products: structuredClone(found) }
    },
    async details(id: number): Promise<ProductDetails> {
      failIfAsked('details', String(id))
      const found = products.find(p => p.id === id)
      if (found === undefined) throw new Error('no such product in the test')
      return { ...structuredClone(found), description: null, properties: {}, nutrition: null, ...cards.get(id) }
    },
    async createCart(items: readonly CartItem[], options: { waitMs?: number } = {}) {
      carts.push(items)
      cartWaits.push(options.waitMs)
      failIfAsked('createCart', '')
      return { link: `https://vkusvill.ru/?share_basket=${1000 + carts.length}`, affiliateTag: this.affiliateTag }
    },
  }
}

/** The record of one user: numbers carts, holds preferences. */
export function createFakeUsers(state: Partial<FakeUsersState> = {}) {
  const all: FakeUsersState = {
    cartLimit: 5,
    cartsCreated: 0,
    surveyCompleted: false,
    preferences: [],
    restrictions: [],
    lastCart: null,
    preferencesFail: false,
    spentRub: 0,
    daySpentRub: 0,
    outcome: undefined,
    ...state,
  }
  const created: { key: string; cart: NewCart }[] = []
  let allowanceAsked = 0
  return {
    created,
    state: all,
    allowanceAsked: () => allowanceAsked,
    async allowance(): Promise<Allowance> {
      allowanceAsked += 1
      const { cartsCreated, cartLimit, surveyCompleted } = all
      return { allowed: cartsCreated < cartLimit, cartsCreated, cartLimit, surveyCompleted, daysSinceRegistration: 3 }
    },
    async cartCreated({ key }: { key: string }, _userId: number, cart: NewCart): Promise<CartOutcome | null> {
      created.push({ key, cart })
      if (!cart.revises) all.cartsCreated += 1
      if (all.outcome !== undefined) return all.outcome
      const { cartsCreated, cartLimit } = all
      return {
        cartNumber: cartsCreated,
        revision: cart.revises ? 1 : 0,
        cartsCreated,
        cartLimit,
        inviterPaid: null,
        repeat: false,
      }
    },
    readings() {
      return {
        async spentOnDay(): Promise<SpentOnDay> {
          if (all.spentRub === null) throw new Error('no database')
          return { userRub: all.spentRub, dayRub: all.daySpentRub }
        },
        preferences: this.preferences,
        restrictions: this.restrictions,
        lastCart: this.lastCart,
        forget: () => undefined,
      }
    },
    lastCart: async () => all.lastCart,
    async preferences() {
      if (all.preferencesFail) throw new Error('no database')
      return all.preferences
    },
    async setPreference(_userId: number, preference: Preference): Promise<'saved' | 'full'> {
      all.preferences = [...all.preferences.filter(p => p.category !== preference.category), preference]
      return 'saved'
    },
    async restrictions() {
      if (all.preferencesFail) throw new Error('no database')
      return all.restrictions
    },
    async addRestriction(_userId: number, restriction: Restriction): Promise<'saved' | 'full'> {
      if (all.preferencesFail) throw new Error('no database')
      all.restrictions = [...all.restrictions, restriction]
      return 'saved'
    },
    async removeRestriction(_userId: number, { kind, value }: Restriction) {
      const before = all.restrictions.length
      all.restrictions = all.restrictions.filter(r => r.kind !== kind || r.value !== value)
      return all.restrictions.length < before
    },
    async deletePreference(_userId: number, category: string) {
      const before = all.preferences.length
      all.preferences = all.preferences.filter(p => p.category !== category)
      return all.preferences.length < before
    },
  }
}

interface FakeUsersState {
  cartLimit: number
  cartsCreated: number
  surveyCompleted: boolean
  preferences: Preference[]
  restrictions: Restriction[]
  lastCart: LastCart | null
  preferencesFail: boolean
  /** Of the day, as stored; null while PostgreSQL is down. */
  spentRub: number | null
  /** Roubles of all users today. */
  daySpentRub: number
  /** What `cartCreated` answers instead of counting: null while PostgreSQL is down. */
  outcome: CartOutcome | null | undefined
}

/** Collects what was recorded. `delay` holds events back until it settles. */
export function createFakeRecorder(delay?: Promise<void>) {
  const events: { id: string; type: EventType; metadata: Metadata<EventType>; maybeRepeat: boolean | undefined }[] = []
  const usage: UsageFact[] = []
  const recorder: Pick<Recorder, 'submit' | 'record'> = {
    async submit(fact) {
      if (fact.kind === 'usage') usage.push(fact)
      return null
    },
    async record({ id, type, metadata, maybeRepeat }) {
      await delay
      events.push({ id, type, metadata, maybeRepeat })
    },
  }
  return { recorder, events, usage }
}

export function createFakeDialogue(history: Message[] = []) {
  let stored = history
  let unfinished: Unfinished[] = []
  const saves: (readonly Message[])[] = []
  const store: DialogueStore = {
    load: async () => structuredClone(stored),
    async save(_userId, messages) {
      stored = structuredClone([...messages])
      saves.push(stored)
    },
    unfinished: async () => structuredClone(unfinished),
    async addUnfinished(_userId, entry) {
      unfinished = [structuredClone(entry), ...unfinished.filter(({ id }) => id !== entry.id)]
    },
    async dropUnfinished(_userId, id) {
      unfinished = unfinished.filter(entry => entry.id !== id)
    },
    async clear() {
      stored = []
      unfinished = []
    },
    close: async () => undefined,
  }
  return { store, saves, stored: () => stored, unfinished: () => unfinished }
}

export const userState = (rest: Partial<UserState> = {}): UserState => ({
  userId: 7,
  registeredAt: new Date('2026-11-01T09:00:00Z'),
  daysSinceRegistration: 3,
  cartsCreated: 0,
  cartLimit: 5,
  surveyCompleted: false,
  survey: null,
  consentVersion: '1',
  blocked: null,
  messagesInSession: 1,
  hasLastCart: false,
  ...rest,
})

/** A question with everything it takes; progress is collected in `stages`. */
export function question(text: string, rest: Partial<Question> = {}): Question & { stages: Progress[] } {
  const stages: Progress[] = []
  return {
    update: { key: '10/1700000000', at: new Date('2026-11-22T09:00:00Z'), requestId: 'abcdefghjkmn' },
    user: userState(),
    text,
    maybeRepeat: false,
    onProgress: progress => void stages.push(progress),
    signal: new AbortController().signal,
    stages,
    ...rest,
  }
}
