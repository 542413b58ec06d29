import { errorLabel } from '../analytics/error-labels.ts'
import type { ErrorNumbers } from '../analytics/numbers.ts'
import { count } from '../analytics/show.ts'
import { columns, title } from './report-tables.ts'

/** Failures of a period by kind. Times are UTC. */
export const errorsTable = ({ kinds, errors, users, ...period }: Omit<ErrorNumbers, 'last'>): string =>
  [
    title('Ошибки', period),
    `Без ответа сообщений: ${count(errors)}, людей: ${count(users)}`,
    '',
    ...columns({
      head: ['Что', 'Ошибок', 'Людей', 'Впервые', 'В последний раз'],
      rows: kinds.map(kind => [
        errorLabel(kind.error_type, kind.upstream),
        count(kind.errors),
        count(kind.users),
        minuteOf(kind.first_at),
        minuteOf(kind.last_at),
      ]),
    }),
  ].join('\n')

const minuteOf = (at: Date | null): string => at?.toISOString().slice(0, 16).replace('T', ' ') ?? '—'
