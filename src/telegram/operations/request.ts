import { Composer, InlineKeyboard } from 'grammy'
import type { Charts } from '../../analytics/charts/charts.ts'
import type { LookUpRequest, RequestLookUp } from '../../analytics/requests/look-up-request.ts'
import { momentOf, outcomeLine } from '../../analytics/requests/request-text.ts'
import type { Log } from '../../telemetry/log.ts'
import type { CommandTable } from '../commands.ts'
import type { BotContext } from '../context.ts'
import { answerCallback, reply } from '../reply.ts'
import { sendPicture } from '../send-picture.ts'
import { type RequestSetting, requestBlock } from './request-block.ts'
import { requestData, requestDataPattern } from './request-button.ts'
import { requestTexts as texts } from './request-texts.ts'

export interface RequestCommandDeps extends RequestSetting {
  lookUpRequest: LookUpRequest
  charts: Pick<Charts, 'request'>
  log: Log
}

/** Requests that one answer offers to choose from. */
const mostChoices = 8

/** `/admin_request CODE` and the buttons `request:CODE` of other answers: what happened to one message. */
export function createRequestCommand(deps: RequestCommandDeps): {
  commands: CommandTable
  buttons: Composer<BotContext>
} {
  const { lookUpRequest, charts, log, timeZone } = deps

  const picture = async (ctx: BotContext, { story }: Extract<RequestLookUp, { kind: 'found' }>) => {
    if (story.steps.length === 0) return
    const caption = texts.picture(story.requestId)
    await sendPicture(ctx, { caption, draw: () => charts.request(story, caption) }, log)
  }
  const answer = async (ctx: BotContext, text: string): Promise<void> => {
    const found = await lookUpRequest(text)
    switch (found.kind) {
      case 'unreadable':
        return reply(ctx, texts.unreadable)
      case 'unknown':
        return reply(ctx, texts.unknown(found.code, found.sources))
      case 'several': {
        const shown = found.stories.slice(0, mostChoices)
        const keyboard = new InlineKeyboard()
        for (const story of shown)
          keyboard.text(`${momentOf(story.at, timeZone)} ${outcomeLine(story)}`, requestData(story.requestId)).row()
        return reply(ctx, texts.several(found.code, shown.length, found.stories.length > shown.length), keyboard)
      }
      case 'found':
        await reply(ctx, requestBlock(found.story, found.sources, deps))
        return picture(ctx, found)
    }
  }

  const buttons = new Composer<BotContext>()
  buttons.callbackQuery(requestDataPattern, async ctx => {
    await answerCallback(ctx)
    await answer(ctx, ctx.match[1] ?? '')
  })
  return {
    commands: {
      admin_request: {
        menu: 'Что было с запросом',
        args: 'КОД',
        help: 'что было с запросом по коду из извинения',
        isUrgent: true,
        handle: ctx => answer(ctx, ctx.command?.payload ?? ''),
      },
    },
    buttons,
  }
}
