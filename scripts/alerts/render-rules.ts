import { stringify } from 'yaml'
import { alertFiles } from '../../src/telemetry/alerts/catalogue/catalogue.ts'
import { inhibitions } from '../../src/telemetry/alerts/catalogue/inhibitions.ts'
import { recordingFiles } from '../../src/telemetry/alerts/catalogue/recording-rules.ts'
import { type AlertRule, affected } from '../../src/telemetry/alerts/catalogue/rule.ts'
import { toGoTemplate } from '../../src/telemetry/alerts/text-format.ts'

const note = '# Made by `npm run alerts` from src/telemetry/alerts/catalogue; change it there.'
const alertmanager = 'prometheus/alertmanager.yml'

/** Text by path of every file, or part of one, that the catalogue decides. `read` gives the rest of a file. */
export function renderRules(read: (path: string) => string): Record<string, string> {
  const files: Record<string, string> = {}
  for (const [name, { comment, groups }] of Object.entries(recordingFiles))
    files[`prometheus/rules/${name}.yml`] = render(comment, groups, rules => [...rules])
  for (const [name, { comment, groups }] of Object.entries(alertFiles))
    files[`prometheus/alerts/${name}.yml`] = render(comment, groups, rules =>
      Object.entries(rules).map(([alert, rule]) => alertYaml(alert, rule)),
    )
  const [untilHere = ''] = read(alertmanager).split(note)
  files[alertmanager] = `${untilHere}${note}\n${yaml({ inhibit_rules: inhibitions.map(inhibitionYaml) })}`
  return files
}

const yaml = (value: unknown) => stringify(value, { lineWidth: 0 })

const render = <Rules>(comment: string, groups: Record<string, Rules>, rulesOf: (rules: Rules) => object[]) =>
  `${note}\n# ${comment}\n${yaml({ groups: Object.entries(groups).map(([name, rules]) => ({ name, rules: rulesOf(rules) })) })}`

const alertYaml = (alert: string, rule: AlertRule) => {
  const users = rule.users && affected[rule.users]
  return {
    alert,
    expr: rule.expr,
    for: rule.for,
    labels: { severity: rule.severity, component: rule.component },
    annotations: {
      summary: toGoTemplate(rule.summary, users),
      description: toGoTemplate(rule.description, users),
      first_step: toGoTemplate(rule.firstStep, users),
      runbook_url: `docs/runbook.md#${alert.toLowerCase()}`,
      dashboard_url: `/d/bot-${rule.dashboard}`,
    },
  }
}

const matchersYaml = (matchers: Record<string, string>) =>
  Object.entries(matchers).map(([label, value]) => `${label}=~"${value}"`)

const inhibitionYaml = ({ source, target, equal }: (typeof inhibitions)[number]) => ({
  source_matchers: matchersYaml(source),
  target_matchers: matchersYaml(target),
  ...(equal.length === 0 ? {} : { equal: [...equal] }),
})
