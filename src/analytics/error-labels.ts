import type { EventErrorType, Upstream } from '../errors.ts'

/** Names of the services, for the chat and for Grafana. */
export const upstreamLabels: Record<Upstream | 'bot', string> = {
  telegram: 'Telegram',
  gigachat: 'GigaChat',
  openai: 'Вторая модель',
  shop: 'ВкусВилл',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  loki: 'Loki',
  prometheus: 'Prometheus',
  bot: 'Сам бот',
}

/** What a failure of each kind is of a service. */
export const errorTypeLabels: Record<EventErrorType, string> = {
  RateLimitError: 'просит обращаться реже',
  TimeoutError: 'не отвечает вовремя',
  MCPError: 'отвечает не как надо',
  Unknown: 'отказывает',
}

/** «GigaChat: не отвечает вовремя»; of no service it is a failure of the bot's own code. */
export function errorLabel(errorType: EventErrorType, upstream: string): string {
  if (upstream === 'bot') return `Сбой в самом боте${errorType === 'Unknown' ? '' : `: ${errorType}`}`
  return `${(upstreamLabels as Record<string, string>)[upstream] ?? upstream}: ${errorTypeLabels[errorType]}`
}
