import { gigachat } from './gigachat.ts'
import type { AlertRule, RuleFile } from './rule.ts'

const shopCalls = (outcome: string, window = '5m') =>
  `sum by (env) (increase(bot_shop_calls_total{outcome=~"${outcome}"}[${window}]))`
const notSent = 'failed|timeout|refused|rate_limited'
const telegramCalls = (matcher: string, as: 'rate' | 'increase') =>
  `sum by (env) (${as}(bot_telegram_calls_total{method!="getUpdates", ${matcher}}[5m]))`

export const upstreams: RuleFile<Record<string, AlertRule>> = {
  comment: 'The services that the bot depends on, and what the model costs.',
  groups: {
    gigachat,
    cost: {
      LlmBudgetExceeded: {
        expr: 'env:bot_llm_cost_rub:increase1d > on (env) max by (env) (bot_llm_budget_rub)',
        for: '5m',
        severity: 'warning',
        component: 'cost',
        summary: 'Модель стоит дороже бюджета',
        description: 'За сутки ушло {count}\u00a0₽, это больше LLM_BUDGET_RUB. Люди не страдают, страдает счёт.',
        firstStep: 'Смотреть: самые дорогие запросы и пользователи.',
        dashboard: 'llm',
      },
      GigaChatTokensEnding: {
        expr: 'min by (env, model) (bot_gigachat_balance_days) < 3',
        for: '0s',
        severity: 'warning',
        component: 'cost',
        summary: 'Токены GigaChat кончаются',
        description: 'Оплаченных токенов {label.model} при нынешнем расходе хватит меньше чем на 3 дня.',
        firstStep: 'Купить токены в личном кабинете GigaChat.',
        dashboard: 'llm',
      },
      LlmSoftCapReached: {
        expr: 'max by (env) (bot_llm_cap_state) == 1',
        for: '0s',
        severity: 'warning',
        component: 'cost',
        summary: 'Модель дошла до мягкого потолка дня',
        description: 'Расход дня достиг LLM_SOFT_CAP_RUB: до конца дня на новые сообщения отвечает дешёвая модель.',
        firstStep: 'Смотреть: /admin_money, самые дорогие запросы и пользователи.',
        dashboard: 'llm',
      },
      LlmHardCapReached: {
        expr: 'max by (env) (bot_llm_cap_state) == 2',
        for: '0s',
        severity: 'critical',
        component: 'cost',
        users: 'active',
        summary: 'Модель дошла до жёсткого потолка дня',
        description:
          'Расход дня достиг LLM_HARD_CAP_RUB: до конца дня бот просит вернуться завтра. За 5 минут писали: {users}.',
        firstStep: 'Поднять LLM_HARD_CAP_RUB и перезапустить бот или ждать нового дня.',
        dashboard: 'llm',
      },
    },
    shop: {
      ShopFailing: {
        expr: `(
  env:bot_shop_calls_failed:ratio_rate5m > 0.3
  and on (env) ${shopCalls('failed|timeout')} >= 5
)
or max by (env) (min_over_time(bot_shop_circuit_open[5m])) == 1
or (
  ${shopCalls('refused|failed|timeout')} >= 10
  and on (env) ${shopCalls('ok')} == 0
)`,
        for: '2m',
        severity: 'critical',
        component: 'shop',
        users: 'active',
        summary: 'ВкусВилл не отвечает',
        description: 'Поиск и корзины не работают у всех, кто просит продукты. За 5 минут писали: {users}.',
        firstStep: 'Смотреть: исходы вызовов магазина, открыт ли предохранитель.',
        dashboard: 'health',
      },
      ShopRateLimited: {
        expr: `${shopCalls('rate_limited', '10m')} >= 3`,
        for: '5m',
        severity: 'warning',
        component: 'shop',
        summary: 'ВкусВилл ограничивает нас',
        description: 'За 10 минут {count:отказ|отказа|отказов} по лимиту. Поиск не удаётся у части людей.',
        firstStep: 'Смотреть: MCP_REQUESTS_PER_SECOND, долю ответов из кэша.',
        dashboard: 'health',
      },
    },
    telegram: {
      TelegramRefusing: {
        expr: `${telegramCalls(`outcome=~"${notSent}"`, 'rate')}
/ ${telegramCalls('outcome!="aborted"', 'rate')} > 0.2
and on (env)
${telegramCalls(`outcome=~"${notSent}"`, 'increase')} >= 5`,
        for: '2m',
        severity: 'critical',
        component: 'telegram',
        users: 'active',
        summary: 'Telegram не принимает ответы',
        description: 'Не удались {share} вызовов Bot API: ответы готовы, но не доходят.',
        firstStep: 'Смотреть: исходы вызовов по методам, лимиты Telegram.',
        dashboard: 'health',
      },
      TelegramSilent: {
        expr: 'min by (env) (bot_ready{check="telegram"}) == 0',
        for: '3m',
        severity: 'critical',
        component: 'telegram',
        summary: 'Telegram не отдаёт сообщения',
        description: 'Бот не получает ничего из того, что ему пишут; это ждёт в Telegram.',
        firstStep: 'Смотреть: сеть, BOT_TOKEN, не запущен ли второй бот с тем же токеном.',
        dashboard: 'health',
      },
    },
  },
}
