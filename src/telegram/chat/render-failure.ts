import { InlineKeyboard } from 'grammy'
import type { Answer, UnfinishedView } from '../../assistant/assistant.ts'
import { apologyFor, supportLine } from '../failure.ts'
import { joinHtml } from '../html.ts'
import type { RenderedAnswer } from './render-answer.ts'
import { renderLines, renderTotal } from './render-cart.ts'
import { texts } from './texts.ts'

export interface FailureSetting {
  requestId: string
  supportContact: string | undefined
}

/** What the buttons of a failed request send. */
const askAgainData = (id: string) => `again_${id}`
const makeLinkData = (id: string) => `link_${id}`

/**
 * An apology with what was achieved before the failure, and the button that goes on from there. Of a cart without a link the
 * list is all there is to say: the model did not know of the button.
 */
export function renderFailure(
  rendered: RenderedAnswer | null,
  { error, unfinished }: Pick<Answer, 'error' | 'unfinished'>,
  { requestId, supportContact }: FailureSetting,
): RenderedAnswer {
  const support = supportLine(requestId, supportContact)
  const goOn = unfinished === null ? {} : { keyboard: goOnButton(unfinished) }
  if (unfinished?.kind === 'cart') {
    return { message: texts.linkFailed(renderLines(unfinished), renderTotal(unfinished), support), ...goOn }
  }
  if (rendered === null) {
    const isRemembered = unfinished !== null
    return { message: apologyFor(error, requestId, { supportContact, isRemembered }), ...goOn }
  }
  return { ...rendered, message: joinHtml([rendered.message, texts.brokenOff(support)], '\n\n'), ...goOn }
}

const goOnButton = ({ kind, id }: UnfinishedView): InlineKeyboard =>
  kind === 'cart'
    ? new InlineKeyboard().text(texts.makeLink, makeLinkData(id))
    : new InlineKeyboard().text(texts.again, askAgainData(id))
