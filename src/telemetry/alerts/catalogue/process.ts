import type { AlertRule, RuleFile } from './rule.ts'

export const process: RuleFile<Record<string, AlertRule>> = {
  comment: 'Is there a bot at all, and is it monitored.',
  groups: {
    process: {
      BotDown: {
        expr: 'sum by (job) (up{job="bot"}) == 0 or absent(up{job="bot"})',
        for: '2m',
        severity: 'critical',
        component: 'process',
        users: 'active',
        summary: 'Бот не работает',
        description: 'Ни одна копия бота не отвечает Prometheus. Никто не получает ответов.',
        firstStep: 'Смотреть: контейнер bot, его последние строки в логах.',
        dashboard: 'health',
        onlyOutside: 'a process that is down evaluates nothing; HEARTBEAT_URL has an outside service notice',
      },
      BotRestarting: {
        expr: 'sum by (env) (changes(process_start_time_seconds{job="bot"}[30m])) > 2',
        for: '0s',
        severity: 'warning',
        component: 'process',
        summary: 'Бот перезапускается раз за разом',
        description: 'Перезапусков за 30 минут: {count}. Ответы обрываются у тех, кто пишет в эту минуту.',
        firstStep: 'Смотреть: строки uncaught_error и startup_failed, память контейнера.',
        dashboard: 'health',
        onlyOutside: 'a process sees one start, its own',
      },
      EventLoopStuck: {
        expr: 'max by (env) (nodejs_eventloop_lag_p99_seconds{job="bot"}) > 0.5',
        for: '5m',
        severity: 'warning',
        component: 'answers',
        users: 'active',
        summary: 'Бот задыхается',
        description: 'Цикл событий стоит до {duration}: ответы запаздывают у всех.',
        firstStep: 'Смотреть: процессор и память бота, самые долгие обновления.',
        dashboard: 'health',
      },
    },
    monitoring: {
      TargetDown: {
        expr: 'up == 0',
        for: '5m',
        severity: 'warning',
        component: 'monitoring',
        summary: 'Prometheus не видит {label.job}',
        description: 'Адрес {label.instance} не отдаёт метрики: этой части наблюдения сейчас нет.',
        firstStep: 'Смотреть: жив ли контейнер {label.job}.',
        dashboard: 'health',
        onlyOutside: 'it is about what Prometheus reaches',
      },
      // a post is tried again for five minutes before it counts as failed, a refused one counts immediately
      AlertsUndelivered: {
        expr: 'sum by (job, instance) (rate(alertmanager_notifications_failed_total{integration="webhook"}[15m])) > 0',
        for: '0s',
        severity: 'critical',
        component: 'monitoring',
        summary: 'Тревоги не доходят до бота',
        description:
          'Alertmanager не может передать боту тревоги (или сторожу Watchdog): администраторы сейчас узнают не обо всём.',
        firstStep:
          'Смотреть: логи Alertmanager, ALERT_RECEIVER_TOKEN на обеих сторонах, что горит в самом Alertmanager.',
        dashboard: 'health',
        onlyOutside: 'it is about what Alertmanager reaches',
      },
      Watchdog: {
        expr: 'vector(1)',
        for: '0s',
        severity: 'info',
        component: 'monitoring',
        summary: 'Тревоги работают',
        description: 'Горит всегда. Если внешний сторож её не получает, молчит сам Prometheus или Alertmanager.',
        firstStep: 'Делать нечего: так задумано.',
        dashboard: 'health',
        onlyOutside: 'the heartbeat to HEARTBEAT_URL and the weekly test alert stand in its place',
      },
    },
  },
}
