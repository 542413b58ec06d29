import { Composer } from 'grammy'
import type { Delivery } from '../../telemetry/alerts/delivery/create-delivery.ts'
import type { Log } from '../../telemetry/log.ts'
import type { AdminConversation } from '../admin/admin-deps.ts'
import type { BotContext } from '../context.ts'
import { joinHtml } from '../html.ts'
import { answerCallback, reply } from '../reply.ts'
import type { AlertTexts } from './render-alerts.ts'
import { runbookOf } from './runbook.ts'
import type { Clock } from './show-time.ts'
import { texts } from './texts.ts'

export interface AlertDeskDeps {
  delivery: Pick<Delivery, 'answer' | 'troubles' | 'overview'>
  render: AlertTexts
  clock: Clock
  now: () => Date
  log: Log
}

/** The buttons under alerts, and the command that lists what fires. */
export function createAlertDesk({ delivery, render, clock, now, log }: AlertDeskDeps): AdminConversation {
  const buttons = new Composer<BotContext>()

  buttons.callbackQuery(/^admin_alert_(mute|take)_([\w-]{1,40})$/, async ctx => {
    const [, action, id = ''] = ctx.match
    const outcome = await delivery.answer(id, ctx.userId, action === 'mute' ? 'mute' : 'take')
    log.info('admin_action', { command: `admin_alert_${action}`, outcome: outcome.kind })
    if (outcome.kind === 'muted') return answerCallback(ctx, texts.toastMuted(clock.show(outcome.until, now())))
    const toasts = { taken: texts.toastTaken, over: texts.toastOver, unknown: texts.toastUnknown }
    return answerCallback(ctx, toasts[outcome.kind])
  })
  buttons.callbackQuery(/^admin_alert_help_([\w-]{1,40})$/, async ctx => {
    const troubles = await delivery.troubles(ctx.match[1] ?? '')
    if (troubles.length === 0) return answerCallback(ctx, texts.toastUnknown)
    await answerCallback(ctx)
    const alerts = troubles.flatMap(({ alerts: [first] }) => (first === undefined ? [] : [first]))
    const steps = await Promise.all(
      alerts.map(async ({ name, firstStep }) => (await runbookOf(name)) ?? texts.noSteps(firstStep)),
    )
    return reply(ctx, joinHtml(steps, '\n\n'))
  })

  const list = async (ctx: BotContext): Promise<void> => {
    const { troubles, closed, mutes } = await delivery.overview()
    const muted = troubles.flatMap(({ group, alerts: [first] }) => {
      const until = mutes[group]
      return until === undefined || until <= now() ? [] : [{ summary: first?.summary ?? group, until }]
    })
    const parts = [
      ...(troubles.length === 0 ? [texts.list.none] : [texts.list.header, render.firing(troubles)]),
      ...muted.map(({ summary, until }) => texts.list.muted(summary, clock.show(until, now()))),
      ...(closed.length === 0 ? [] : [texts.list.closed(closed.length)]),
    ]
    await reply(ctx, joinHtml(parts, '\n\n'))
  }
  return {
    commands: { admin_alerts: { menu: 'Тревоги сейчас', help: 'что сейчас не так', isUrgent: true, handle: list } },
    buttons: new Composer(),
    urgentButtons: buttons,
  }
}
