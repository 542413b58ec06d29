import { Composer } from 'grammy'
import { createCampaigns, createLinksReport } from '../campaigns/campaigns.ts'
import { createChurnReport } from '../churn/churn.ts'
import { type CommandTable, helpOf } from '../commands.ts'
import { createDigest } from '../digest/digest.ts'
import { createMoneyReport } from '../money/money.ts'
import { createErrorsReport, createOperations } from '../operations/operations.ts'
import { createRequestCommand } from '../operations/request.ts'
import { reply } from '../reply.ts'
import type { AdminConversation, AdminDeps } from './admin-deps.ts'
import { createAdminReports } from './admin-reports.ts'
import { createAdminUsers } from './admin-users.ts'
import { createReportConversation } from './report-buttons.ts'
import { texts } from './texts.ts'

/** The commands of admins: the source of their menu and of /admin_help. */
export function createAdmin(deps: AdminDeps): AdminConversation {
  const reports = createReportConversation(
    {
      ...createAdminReports(deps),
      links: createLinksReport(deps),
      money: createMoneyReport(deps),
      errors: createErrorsReport(deps),
      churn: createChurnReport(deps),
    },
    deps,
  )
  const { handlers } = reports
  const users = createAdminUsers(deps)
  const request = createRequestCommand(deps)
  const commands: CommandTable = {
    ...createOperations(deps),
    admin_errors: {
      menu: 'Какие ошибки и у кого',
      args: '[период]',
      help: 'какие ошибки, у скольких людей, коды',
      handle: handlers.errors,
    },
    ...request.commands,
    admin_analytics: {
      menu: 'Главные числа и график',
      args: '[период]',
      help: 'главные числа и график',
      handle: handlers.analytics,
    },
    admin_funnel: { menu: 'Воронка', args: '[период] [источник]', help: 'воронка', handle: handlers.funnel },
    admin_sources: { menu: 'Источники', args: '[период]', help: 'источники', handle: handlers.sources },
    ...createCampaigns(deps),
    admin_links: {
      menu: 'Что принесла каждая ссылка',
      args: '[период]',
      help: 'что принесла каждая ссылка',
      handle: handlers.links,
    },
    admin_churn: {
      menu: 'Кто заблокировал бота',
      args: '[период]',
      help: 'кто заблокировал бота: откуда, когда, после какого шага',
      handle: handlers.churn,
    },
    admin_cohorts: { menu: 'Недельные когорты', args: '[недель]', help: 'недельные когорты', handle: handlers.cohorts },
    admin_survey: { menu: 'Опрос и PMF', help: 'опрос и PMF', handle: handlers.survey },
    admin_searches: {
      menu: 'Что ищут и чего нет',
      args: '[период]',
      help: 'что ищут и чего нет',
      handle: handlers.searches,
    },
    admin_experiment: {
      menu: 'Сравнить версии подсказки',
      args: '[период]',
      help: 'сравнить версии подсказки',
      handle: handlers.experiment,
    },
    admin_pitch: { menu: 'Числа для ВкусВилла', args: '[период]', help: 'для ВкусВилла', handle: handlers.pitch },
    admin_money: {
      menu: 'Доход, расход и потолки',
      args: '[период]',
      help: 'сколько могут принести корзины и сколько стоит модель',
      handle: handlers.money,
    },
    ...createDigest(deps),
    admin_user: { menu: 'Что известно о человеке', args: 'ID', help: 'что известно о человеке', handle: users.show },
    admin_block: { menu: 'Заблокировать', args: 'ID [причина]', help: 'заблокировать', handle: users.block },
    admin_unblock: { menu: 'Разблокировать', args: 'ID', help: 'разблокировать', handle: users.unblock },
    admin_grant_carts: {
      menu: 'Добавить корзин',
      args: 'ID N',
      help: 'добавить корзин (1–100)',
      handle: users.grantCarts,
    },
    admin_reset_carts: {
      menu: 'Снова дать бесплатные корзины',
      args: 'ID',
      help: 'снова дать бесплатные корзины',
      handle: users.resetCarts,
    },
    admin_erase: {
      menu: 'Удалить все данные человека',
      args: 'ID',
      help: 'удалить все данные человека',
      handle: users.askToErase,
    },
    ...deps.alerts?.commands,
    admin_help: { menu: 'Команды администратора', help: null, handle: ctx => reply(ctx, texts.help(helpOf(commands))) },
    admin: { menu: null, help: null, handle: ctx => reply(ctx, texts.help(helpOf(commands))) },
  }
  return {
    commands,
    buttons: new Composer(users.buttons, reports.buttons, ...(deps.alerts ? [deps.alerts.buttons] : [])),
    urgentButtons: new Composer(request.buttons, ...(deps.alerts?.urgentButtons ? [deps.alerts.urgentButtons] : [])),
  }
}
