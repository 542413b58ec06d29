import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { askJson, postJson } from './http.ts'

const Messages = z.array(
  z.object({
    message_id: z.number(),
    from: z.enum(['bot', 'user']),
    text: z.string(),
    buttons: z.array(z.array(z.object({ text: z.string(), data: z.string().optional() }))),
  }),
)
type Message = z.infer<typeof Messages>[number]

const timeoutMs = 90_000
const pollMs = 250

/** Plays a user in the sandbox who comes from `payload`, agrees, and asks for a cart. Throws after 90 s without an answer. */
async function shop(sandboxUrl: string, userId: number, payload: string, wish: string): Promise<void> {
  const chat = `${sandboxUrl}/sandbox/chats/${userId}`
  const waitFor = async (what: string, fits: (message: Message) => boolean): Promise<Message> => {
    for (const until = Date.now() + timeoutMs; Date.now() < until; await sleep(pollMs)) {
      const found = Messages.parse(await askJson(`${chat}/messages?after=0`)).findLast(m => m.from === 'bot' && fits(m))
      if (found !== undefined) return found
    }
    throw new Error(`shopper ${userId} waits for ${what}`)
  }
  const send = (text: string) => postJson(`${chat}/messages`, { text })

  await send(`/start ${payload}`.trim())
  const isConsent = (text: string) => /Согласен/.test(text)
  const asked = await waitFor('the question for consent', m => m.buttons.flat().some(b => isConsent(b.text)))
  const button = asked.buttons.flat().find(b => isConsent(b.text))
  await postJson(`${chat}/callbacks`, { message_id: asked.message_id, data: button?.data })
  await waitFor(
    'the thanks for consent',
    m => m.message_id > asked.message_id || !m.buttons.flat().some(b => isConsent(b.text)),
  )
  await send(wish)
  await waitFor('a cart', m => /Итого/.test(m.text))
}

const payloads = ['habr', 'vc', 'telegram', '']
const wishes = ['собери завтрак: молоко, хлеб, сыр', 'молоко и хлеб', 'перекус на 500 рублей', 'яйца и масло']

/** `count` shoppers with the ids from `firstId` on, a few at a time. */
export async function play(sandboxUrl: string, firstId: number, count: number): Promise<void> {
  const waiting = Array.from({ length: count }, (_, i) => i)
  const next = async (): Promise<void> => {
    for (let i = waiting.shift(); i !== undefined; i = waiting.shift())
      await shop(sandboxUrl, firstId + i, payloads[i % payloads.length] ?? '', wishes[i % wishes.length] ?? '')
  }
  await Promise.all(Array.from({ length: 5 }, next))
}
