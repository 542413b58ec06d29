import type { PlayedChat } from './chat.ts'

/** A chat as lines for a failure's report: when, by whom, and the beginning of the text. Times since `start`, in seconds. */
export function transcript({ sent, shown, changes }: PlayedChat, start: number): string[] {
  const lines = [
    ...sent.map(({ at, kind, text, seenAt }) => ({
      at,
      text: `${kind} «${text}»${seenAt === null ? ', never seen' : `, seen after ${((seenAt - at) / 1000).toFixed(1)} s`}`,
    })),
    ...shown().map(({ id, at, text, buttons }) => {
      const links = buttons.flatMap(({ url }) => (url === undefined ? [] : [url.replace(/^.*=/, '')]))
      return { at, text: `bot, ${id}: «${text.slice(0, 90).replaceAll('\n', ' / ')}» ${links.join(', ')}` }
    }),
  ]
  lines.push(...changes.map(({ at, text }) => ({ at, text: `shows: ${text.slice(0, 60).replaceAll('\n', ' / ')}` })))
  return lines.sort((a, b) => a.at - b.at).map(({ at, text }) => `  ${((at - start) / 1000).toFixed(1)} s ${text}`)
}
