/** The commands of every user, in the order of the menu. */
export const publicCommands = [
  'start',
  'help',
  'stop',
  'reset',
  'invite',
  'survey',
  'me',
  'privacy',
  'delete_me',
] as const
export type PublicCommand = (typeof publicCommands)[number]

/** A command as a closed set, for logs: what a user typed is not among them. */
type CommandLabel = PublicCommand | 'admin' | 'unknown' | 'none'

export interface Command {
  label: Exclude<CommandLabel, 'none'>
  /** Lower case, without the slash and the bot's name. */
  name: string
  /** What follows the name. */
  payload: string
}

const pattern = /^\/([a-z0-9_]{1,64})(?:@([a-z0-9_]{1,64}))?(?:\s+([\s\S]*))?$/i

/** Reads a command meant for this bot; null for any other text. */
export function readCommand(text: string, botUsername: string): Command | null {
  const [, name, addressee, payload = ''] = pattern.exec(visible(text)) ?? []
  if (name === undefined) return null
  if (addressee !== undefined && addressee.toLowerCase() !== botUsername.toLowerCase()) return null
  return { label: labelOf(name.toLowerCase()), name: name.toLowerCase(), payload: payload.trim() }
}

/** Whether an admin command stands anywhere in the text: such a text is never handed to the model. */
export const mentionsAdminCommand = (text: string): boolean =>
  /(?<![\p{L}\p{N}_/])\/admin(?![\p{L}\p{N}])/iu.test(visible(text))

// invisible characters must not hide a command
const visible = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim()

function labelOf(name: string): Command['label'] {
  if (/^admin(_|$)/.test(name)) return 'admin'
  return publicCommands.find(known => known === name) ?? 'unknown'
}
