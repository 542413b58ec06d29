import { type AlertRule, messages, type RuleFile, unlessCause } from './rule.ts'

const commands = (outcome: string) =>
  `sum by (env) (increase(bot_updates_total{type!="message", outcome=~"${outcome}"}[15m]))`

/** Two windows of one budget: the long one proves the loss, the short one that it goes on. */
const burning = (long: '1h' | '6h' | '1d' | '3d', short: '5m' | '30m' | '2h' | '6h', factor: number) =>
  `env:bot_messages_failed:ratio_rate${long} > (${factor} * 0.01) and env:bot_messages_failed:ratio_rate${short} > (${factor} * 0.01)\n${unlessCause(short)}`

const atLeast = (count: number, window: '1h' | '1d') => `sum by (env) (increase(${messages}[${window}])) >= ${count}`

export const answers: RuleFile<Record<string, AlertRule>> = {
  comment: 'What users notice: no answer, a late one, no cart. The SLO is 99 % of messages answered without bot_error.',
  groups: {
    answers: {
      // later than every cause: which of them it is says more than that something fails
      AnswersErrorBudgetFastBurn: {
        expr: `(\n(${burning('1h', '5m', 14.4)})\nor (${burning('6h', '30m', 6)})\n)\nand on (env) ${atLeast(20, '1h')}`,
        for: '3m',
        severity: 'critical',
        component: 'answers',
        users: 'failed',
        summary: 'Люди получают извинение вместо ответа',
        description: 'Не удались {share} сообщений, норма до 1\u00a0%. За 5 минут без ответа: {users}.',
        firstStep: 'Смотреть: ошибки по типу, затем внешние сервисы.',
        dashboard: 'overview',
      },
      AnswersErrorBudgetSlowBurn: {
        expr: `(\n(${burning('1d', '2h', 3)})\nor (${burning('3d', '6h', 1)})\n)\nand on (env) ${atLeast(100, '1d')}`,
        for: '15m',
        severity: 'warning',
        component: 'answers',
        summary: 'Ошибок больше нормы уже долго',
        description: 'Не удались {share} сообщений, норма до 1\u00a0%. Понемногу задевает всех.',
        firstStep: 'Смотреть: ошибки по типу за сутки.',
        dashboard: 'overview',
      },
      // commands and buttons are no part of the SLO
      CommandsFailing: {
        expr: `(\n${commands('failed')}\n/ ${commands('answered|failed')}\n) > 0.2\nand on (env) ${commands('failed')} >= 5`,
        for: '5m',
        severity: 'warning',
        component: 'answers',
        summary: 'Не работают команды и кнопки',
        description: 'Не удались {share} нажатий и команд за 15 минут. В долю ошибок сообщений они не входят.',
        firstStep: 'Смотреть: какая команда падает.',
        dashboard: 'health',
      },
      RepliesSlow: {
        expr: `env:bot_message_duration_seconds:p95_rate5m > 45\nand on (env) sum by (env) (increase(bot_updates_total{type="message", outcome="answered"}[10m])) >= 10\n${unlessCause('10m')}`,
        for: '10m',
        severity: 'warning',
        component: 'answers',
        users: 'active',
        summary: 'Ответы идут слишком долго',
        description: 'Каждое двадцатое сообщение ждёт ответа {duration} и дольше.',
        firstStep: 'Смотреть: время GigaChat и ВкусВилла, очередь к модели.',
        dashboard: 'health',
      },
      QueueLong: {
        expr: 'max by (env) (bot_queue_oldest_seconds) > 180',
        for: '2m',
        severity: 'warning',
        component: 'answers',
        summary: 'Люди долго ждут очереди',
        description:
          'Кто ждёт модель дольше всех, ждёт уже {duration}. Место в очереди люди видят; кому ждать слишком долго, бот отказывает.',
        firstStep: 'Смотреть: /admin_status, очередь к модели, GIGACHAT_CONCURRENCY.',
        dashboard: 'llm',
      },
      NoCarts: {
        expr: `env:bot_users_active:sum1h >= 10 and on (env) env:bot_carts:increase1h == 0\n${unlessCause('1h')}`,
        for: '30m',
        severity: 'warning',
        component: 'carts',
        summary: 'Корзины не собираются',
        description: 'За час ни одной корзины, а писали {count:человек|человека|человек}.',
        firstStep: 'Смотреть: вызовы инструмента корзины, пустые поиски.',
        dashboard: 'funnel',
      },
    },
  },
}
