import { answers } from './answers.ts'
import { process } from './process.ts'
import type { AlertRule, RuleFile } from './rule.ts'
import { storage } from './storage.ts'
import { upstreams } from './upstreams.ts'

/**
 * Every alert on metrics, by file of `prometheus/alerts`, group and name. Prometheus reads what `npm run alerts` makes of it;
 * without an Alertmanager the bot evaluates the same rules and writes the same texts.
 */
export const alertFiles: Record<string, RuleFile<Record<string, AlertRule>>> = { answers, process, storage, upstreams }

/** Alerts by name that a process can evaluate about itself. */
export const evaluatedHere: ReadonlyMap<string, AlertRule> = new Map(
  Object.values(alertFiles)
    .flatMap(({ groups }) => Object.values(groups).flatMap(rules => Object.entries(rules)))
    .filter(([, rule]) => rule.onlyOutside === undefined),
)
