import { type AlertRule, messages, type RuleFile } from './rule.ts'

/**
 * What was counted within 15 minutes. `increase` does not see what a process counted before its first scrape: of a process that is
 * not older than that, all it has counted.
 */
const countedLately = (counter: string): string => {
  const increase = `increase(${counter}[15m])`
  const young = '(time() - process_start_time_seconds{job="bot"} < 900)'
  return `sum by (env, reason) (\n(${counter} and on (env, instance) ${young}) > ${increase}\nor ${increase}\n) > 0`
}

export const storage: RuleFile<Record<string, AlertRule>> = {
  comment: 'Where facts, dialogues and logs go.',
  groups: {
    postgres: {
      PostgresDown: {
        expr: 'min by (env) (bot_ready{check="postgres"}) == 0',
        for: '1m',
        severity: 'critical',
        component: 'postgres',
        users: 'active',
        summary: 'PostgreSQL недоступен',
        description: 'Вместо ответов люди видят «временные неполадки»; события ждут на диске и не теряются.',
        firstStep: 'Смотреть: контейнер postgres, место на диске.',
        dashboard: 'health',
      },
      DatabasePoolExhausted: {
        expr: 'sum by (env) (bot_db_pool_connections{state="waiting"}) > 0',
        for: '3m',
        severity: 'warning',
        component: 'postgres',
        users: 'active',
        summary: 'Соединений с базой не хватает',
        description: 'Запросов ждёт соединения: {count}. Ответы замедляются у всех.',
        firstStep: 'Смотреть: самые долгие запросы по имени.',
        dashboard: 'health',
      },
      StandbyBehind: {
        expr: 'max by (env) (bot_db_standby_lag_seconds) > 300',
        for: '5m',
        severity: 'warning',
        component: 'postgres',
        summary: 'Реплика PostgreSQL отстала или не отвечает',
        description:
          'Реплика отстаёт больше чем на пять минут, или её отставание неизвестно. Отчёты читают основную базу; потеряй мы её сейчас, последнего на реплике нет.',
        firstStep: 'Смотреть: контейнер реплики, pg_stat_replication на основной базе.',
        dashboard: 'health',
      },
      DialoguesDegraded: {
        expr: 'sum by (env) (increase(bot_dialogue_store_operations_total{outcome="degraded"}[10m])) > 0',
        for: '5m',
        severity: 'warning',
        component: 'postgres',
        summary: 'Redis недоступен',
        description: 'Диалоги живут в памяти процесса: после перезапуска бот забудет, о чём шла речь.',
        firstStep: 'Смотреть: контейнер redis.',
        dashboard: 'health',
      },
    },
    events: {
      InboxWaiting: {
        expr: 'max by (env) (bot_inbox_oldest_seconds) > 300',
        for: '2m',
        severity: 'warning',
        component: 'answers',
        summary: 'Сообщения ждут ответа слишком долго',
        description: 'Старейшее принятое сообщение без ответа уже {duration}. Ничего не потеряно, но человек ждёт.',
        firstStep: 'Смотреть: живы ли все копии бота, очередь к модели, самые долгие обновления.',
        dashboard: 'health',
      },
      InboxQuarantined: {
        expr: 'max by (env) (bot_inbox_waiting{state="quarantined"}) > 0',
        for: '0s',
        severity: 'warning',
        component: 'answers',
        summary: 'Сообщения отложены',
        description:
          'Десять запусков бота не дошли до ответа: отложено {count:сообщение|сообщения|сообщений}. Эти люди ответа не получат.',
        firstStep: 'Смотреть: строки uncaught_error перед каждым перезапуском.',
        dashboard: 'health',
      },
      EventsWaiting: {
        expr: 'sum by (env) (bot_events_waiting{place="disk"}) > 0 or sum by (env) (bot_events_waiting{place="memory"}) > 500',
        for: '5m',
        severity: 'warning',
        component: 'events',
        summary: 'События ждут записи в базу',
        description: 'Ждёт записи: {count:событие|события|событий}. Люди этого не видят, но цифры отстают.',
        firstStep: 'Смотреть: жив ли PostgreSQL, место на диске бота.',
        dashboard: 'health',
      },
      EventsLost: {
        expr: countedLately('bot_events_lost_total'),
        for: '0s',
        severity: 'critical',
        component: 'events',
        summary: 'События потеряны',
        description:
          'За 15 минут до базы не дошло: {count:событие|события|событий} (причина {label.reason}). Аналитика за день будет неполной.',
        firstStep: 'Смотреть: строки fact_refused.',
        dashboard: 'health',
      },
    },
    logs: {
      LogsWaiting: {
        expr: 'max by (env) (bot_log_spool_oldest_seconds) > 300',
        for: '5m',
        severity: 'warning',
        component: 'logs',
        summary: 'Логи не доходят до Loki',
        description: 'Старейшая строка ждёт {duration}. Ничего не потеряно, пока на диске есть место.',
        firstStep: 'Смотреть: контейнер loki, исходы отправок.',
        dashboard: 'health',
      },
      LogsSilent: {
        expr: `sum by (env) (increase(${messages}[15m])) >= 5\nand on (env) sum by (env) (increase(bot_log_lines_sent_total[15m])) == 0\nand on (env) max by (env) (bot_log_shipping) == 1`,
        for: '5m',
        severity: 'warning',
        component: 'logs',
        summary: 'Логи молчат, хотя люди пишут',
        description:
          'За 15 минут {count:сообщение|сообщения|сообщений}, а в Loki не пришло ни строки. Людей не задевает, но ошибки некому увидеть.',
        firstStep: 'Смотреть: строки logs_waiting в выводе бота, LOG_LEVEL, контейнер loki.',
        dashboard: 'health',
      },
      LogsLost: {
        expr: countedLately('bot_log_lines_lost_total'),
        for: '0s',
        severity: 'warning',
        component: 'logs',
        summary: 'Строки логов потеряны',
        description:
          'За 15 минут потеряно: {count:строка|строки|строк} (причина {label.reason}). Людей не задевает, но след ошибок неполон.',
        firstStep: 'Смотреть: LOG_SPOOL_MB, rejected.ndjson.',
        dashboard: 'health',
      },
    },
    analytics: {
      AggregatorStale: {
        expr: 'min by (env) (bot_aggregator_age_seconds) > 600',
        for: '5m',
        severity: 'warning',
        component: 'analytics',
        summary: 'Аналитика отстаёт',
        description: 'Итоги не обновлялись {duration}: Grafana показывает прошлое.',
        firstStep: 'Смотреть: строки maintenance_failed, нагрузку на PostgreSQL.',
        dashboard: 'reconcile',
      },
    },
  },
}
