import type { Teardown } from '../../process/teardown.ts'
import { type AlertEvaluation, type AlertEvaluationDeps, createAlertEvaluation } from './create-alert-evaluation.ts'

export interface StartAlertEvaluationDeps extends AlertEvaluationDeps {
  settings: { alerting: { alertmanagerUrl?: string | undefined } }
  teardown: Teardown
}

/** As often as Prometheus scrapes and evaluates (`prometheus/prometheus.yml`). */
const everyMs = 15_000
/** The first run compiles the rules: after the first answers, not in their way. */
const firstMs = 1_000

/**
 * Starts to evaluate alerts in this process, unless an Alertmanager reports them (`ALERTMANAGER_URL`): never both. `problem`
 * is why the evaluation here no longer runs.
 */
export function startAlertEvaluation({
  settings,
  teardown,
  ...deps
}: StartAlertEvaluationDeps): Pick<AlertEvaluation, 'problem'> {
  if (settings.alerting.alertmanagerUrl !== undefined) return { problem: () => undefined }
  const evaluation = createAlertEvaluation(deps)
  const timer = setInterval(() => void evaluation.run(), everyMs)
  timer.unref()
  const first = setTimeout(() => void evaluation.run(), firstMs)
  first.unref()
  teardown.add(() => {
    clearTimeout(first)
    clearInterval(timer)
    return evaluation.idle()
  })
  return { problem: evaluation.problem }
}
