import { byId } from './dom.js'
import { richText } from './rich-text.js'

/**
 * What the bot is writing: a preview under the messages that vanishes with the answer.
 * @param {{ onCommand: (command: string) => void, onStop: (draftId: number) => void }} deps
 */
export function createDraftView({ onCommand, onStop }) {
  const box = byId('draft')
  const text = byId('draft-text')
  const stop = byId('draft-stop')
  let shown

  stop.addEventListener('click', () => {
    stop.disabled = true
    onStop(shown.draft_id)
  })

  return {
    /** Shows a draft as the chat's stream sends it, or none. */
    show(draft) {
      shown = draft ?? undefined
      box.hidden = shown === undefined
      if (shown === undefined) return text.replaceChildren()
      text.replaceChildren(...(shown.text === '' ? ['Думаю…'] : richText(shown.text, shown.entities, onCommand)))
      stop.hidden = !shown.can_stop
      stop.disabled = false
    },
  }
}
