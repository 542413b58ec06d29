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
  if (name === 'openai') return { name, settings: openAiSettings(env), isExact: false }
  throw new UsageError(`--model ${name} is unknown: standin, gigachat, openai or replay:PATH`)
}

function openReplay(name: string): ChosenModel {
  const recordings = loadRecordings(name.slice('replay:'.length))
  const chat = createReplayModel(recordings)
  return { name, settings: {}, chat, isExact: true, conversations: new Set(Object.keys(recordings)), begin: chat.begin }
}

/** Empty names the real addresses, in place of those of the sandbox. */
function gigaChatSettings(env: Environment): Record<string, string> {
  demand('gigachat', env, 'GIGACHAT_CREDENTIALS')
  return {
    ...taken(
      env,
      'GIGACHAT_CREDENTIALS',
      'GIGACHAT_SCOPE',
      'GIGACHAT_MODEL',
      'GIGACHAT_CONCURRENCY',
      'GIGACHAT_CA_FILE',
    ),
    ...taken(env, 'GIGACHAT_AUTH_URL', 'GIGACHAT_API_URL'),
    ...proxySettings(env),
  }
}

function openAiSettings(env: Environment): Record<string, string> {
  demand('openai', env, 'LLM_FALLBACK_URL', 'LLM_FALLBACK_MODEL')
  return {
    LLM_PROVIDER: 'openai',
    ...taken(env, 'LLM_FALLBACK_URL', 'LLM_FALLBACK_MODEL', 'LLM_FALLBACK_KEY', 'LLM_FALLBACK_PRICE'),
    ...proxySettings(env),
  }
}

/** The fakes are on this machine, whatever lies between it and the model. */
const proxySettings = (env: Environment) => ({
  ...taken(env, 'HTTPS_PROXY', 'HTTP_PROXY'),
  NO_PROXY: [env.NO_PROXY ?? '', '127.0.0.1'].filter(host => host !== '').join(','),
})

function demand(model: string, env: Environment, ...names: string[]): void {
  const missing = names.filter(name => (env[name] ?? '').trim() === '')
  if (missing.length > 0)
    throw new UsageError(`--model ${model} needs ${missing.join(' and ')}, in the environment or in .env`)
}

const taken = (env: Environment, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map(name => [name, env[name] ?? '']))
