import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { business } from './business.ts'
import { funnel } from './funnel.ts'
import { health } from './health.ts'
import { llm } from './llm.ts'
import { logs } from './logs.ts'
import { overview } from './overview.ts'
import { reconcile } from './reconcile.ts'
import { request } from './request.ts'
import { sources } from './sources.ts'

/** Every dashboard, in the order of the operator's questions. */
export const dashboards: readonly Dashboard[] = [
  overview,
  funnel,
  sources,
  llm,
  health,
  business,
  reconcile,
  logs,
  request,
]
