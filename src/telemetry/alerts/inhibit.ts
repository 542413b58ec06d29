import { type Inhibition, inhibitions } from './catalogue/inhibitions.ts'
import type { Labels } from './promql/series-store.ts'

const fits = (labels: Labels, matchers: Inhibition['source']) =>
  Object.entries(matchers).every(([label, pattern]) => new RegExp(`^(?:${pattern})$`).test(labels[label] ?? ''))

/** Whether another firing alert explains this one, as Alertmanager decides it: an alert never inhibits itself. */
export const isInhibited = (target: Labels, firing: readonly Labels[]): boolean =>
  inhibitions.some(
    rule =>
      fits(target, rule.target) &&
      !fits(target, rule.source) &&
      firing.some(
        source =>
          fits(source, rule.source) && rule.equal.every(label => (source[label] ?? '') === (target[label] ?? '')),
      ),
  )
