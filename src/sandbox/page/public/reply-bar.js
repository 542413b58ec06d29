import { byId } from './dom.js'

/**
 * The bar above the input field that says which message the next one answers.
 * @param {{ textOf: (messageId: number) => string, onClose: () => void }} deps
 */
export function createReplyBar({ textOf, onClose }) {
  const bar = byId('reply')
  const field = byId('text')
  const usual = field.placeholder
  byId('reply-close').addEventListener('click', onClose)
  return {
    /** @param {{ message_id: number, placeholder: string } | null} to null closes the bar */
    show(to) {
      bar.hidden = to === null
      field.placeholder = to?.placeholder || usual
      if (to === null) return
      byId('reply-text').textContent = textOf(to.message_id)
      field.focus()
    },
  }
}
