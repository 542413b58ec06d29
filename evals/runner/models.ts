import type { ChatModel } from '../../src/assistant/model/chat-model.ts'
import { UsageError } from '../../src/cli/command.ts'
import { createReplayModel, loadRecordings } from './replay.ts'

/** The model that answers in a run. */
export interface ChosenModel {
  name: string
  /** Settings of the bot with which it asks this model; none for the sandbox's own. */
  settings: Record<string, string>
  /** Answers in place of what the settings name. */
  chat?: ChatModel
  /** It answers alike each time: one failure is a fall, not chance. */
  isExact: boolean
  /** The only ones it can answer. */
  conversations?: ReadonlySet<string>
  begin?: (conversation: string) => void
}

type Environment = Record<string, string | undefined>

/** The model that `--model` names, with its settings from the environment. Throws UsageError when they are missing. */
export function openModel(name: string, env: Environment): ChosenModel {
  if (name === 'standin') return { name, settings: {}, isExact: true }
  if (name.startsWith('replay:')) return openReplay(name)
  if (name === 'gigachat') return { name, settings: gigaChatSettings(env), isExact: false }
  throw new UsageError(`--model ${name} is unknown: standin, gigachat, openai or replay:PATH`)
}

function openReplay(name: string): ChosenModel {
  const recordings = loadRecordings(name.slice('replay:'.length))
  const chat = createReplayModel(recordings)
  return { name, settings: {}, chat, isExact: true, conversations: new Set(Object.keys(recordings)), begin: chat.begin }
}

/** The real addresses where none is set: the settings of the sandbox name its own. */
function gigaChatSettings(env: Environment): Record<string, string> {
  const { GIGACHAT_CREDENTIALS: credentials } = env
  if (credentials === undefined || credentials === '')
    throw new UsageError('--model gigachat needs GIGACHAT_CREDENTIALS, in the environment or in .env')
  return {
    GIGACHAT_CREDENTIALS: credentials,
    GIGACHAT_AUTH_URL: env.GIGACHAT_AUTH_URL ?? '',
    GIGACHAT_API_URL: env.GIGACHAT_API_URL ?? '',
    ...given(env, 'GIGACHAT_SCOPE', 'GIGACHAT_MODEL', 'GIGACHAT_CONCURRENCY', 'GIGACHAT_CA_FILE'),
  }
}

const given = (env: Environment, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map(name => [name, env[name] ?? '']))
