import { promql, type Query } from './queries.ts'

/** A vertical line on every graph of a dashboard, with what it says when pointed at. */
export interface Annotation {
  name: string
  query: Query
  colour: string
  text: string
}

const env = 'env=~"$env"'

const alerts: Annotation = {
  name: 'Тревоги',
  query: promql(
    `sum by (alertname, severity) (ALERTS{alertstate="firing", severity=~"critical|warning", ${env}}) > 0`,
    '',
  ),
  colour: 'red',
  text: '{{alertname}}',
}

/** A version that did not run five minutes before. */
const releases: Annotation = {
  name: 'Выпуски',
  query: promql(
    `(sum by (version) (bot_build_info{${env}}) > 0) unless (sum by (version) (bot_build_info{${env}} offset 5m) > 0)`,
    '',
  ),
  colour: 'blue',
  text: 'версия {{version}}',
}

const restarts: Annotation = {
  name: 'Перезапуски',
  query: promql(`sum(changes(process_start_time_seconds{job="bot", ${env}}[5m])) > 0`, ''),
  colour: 'purple',
  text: 'процесс запущен заново',
}

/** What can explain a step in a line. */
export const happenings: readonly Annotation[] = [alerts, releases, restarts]

/** Where the samples of Prometheus begin: a graph over a longer time is empty before, not zero. */
export const sinceWhenItCounts: Annotation = {
  name: 'Счёт Prometheus',
  query: promql('sum(up{job="prometheus"}) unless sum(up{job="prometheus"} offset 1h)', ''),
  colour: 'gray',
  text: 'Prometheus считает с этого времени: раньше он не работал или его данные уже удалены',
}
