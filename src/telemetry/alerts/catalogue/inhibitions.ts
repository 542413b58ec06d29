/** Regular expressions by label, each for the whole value. */
type Matchers = Record<string, string>

/** While an alert of `source` fires, those of `target` are not reported, where both have the same values of `equal`. */
export interface Inhibition {
  source: Matchers
  target: Matchers
  equal: readonly string[]
}

const inEnv = (source: Matchers, target: Matchers): Inhibition => ({ source, target, equal: ['env'] })

/** The cause says more than its symptoms: one message for one trouble. */
export const inhibitions: readonly Inhibition[] = [
  // without a bot no other alert about it helps
  {
    source: { alertname: 'BotDown' },
    target: { component: 'answers|carts|gigachat|openai|cost|shop|telegram|postgres|events|logs|analytics' },
    equal: [],
  },
  { source: { alertname: 'BotDown' }, target: { alertname: 'TargetDown' }, equal: ['job'] },
  { source: { alertname: 'BotDown' }, target: { alertname: 'AlertsUndelivered' }, equal: [] },
  inEnv({ severity: 'critical', component: 'gigachat|openai|shop|telegram|postgres' }, { component: 'answers|carts' }),
  inEnv(
    { alertname: 'PostgresDown' },
    { alertname: 'DatabasePoolExhausted|EventsWaiting|AggregatorStale|StandbyBehind' },
  ),
  inEnv(
    { alertname: 'GigaChatOutOfTokens|GigaChatKeyRefused' },
    { alertname: 'GigaChatFailing|GigaChatLimited|GigaChatSlow' },
  ),
  inEnv({ alertname: 'GigaChatFailing' }, { alertname: 'GigaChatSlow|GigaChatLimited' }),
  inEnv({ alertname: 'QueueLong' }, { alertname: 'InboxWaiting|RepliesSlow' }),
  inEnv({ alertname: 'LogsWaiting' }, { alertname: 'LogsSilent' }),
  inEnv({ alertname: 'ShopFailing' }, { alertname: 'ShopRateLimited' }),
  inEnv({ alertname: 'AnswersErrorBudgetFastBurn' }, { alertname: 'AnswersErrorBudgetSlowBurn' }),
]
