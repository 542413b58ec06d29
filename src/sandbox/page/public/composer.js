import { byId, el } from './dom.js'

const suggestions = [
  'собери завтрак: молоко, хлеб, сыр',
  'борщ на четверых',
  'перекус до 500 рублей',
  '/start habr',
  '/help',
]

/**
 * The input line and the suggestions.
 * @param {{ send: (text: string) => Promise<boolean>, commands: ReturnType<typeof import('./command-menu.js').createCommandMenu> }} deps
 * `send` returns whether the message was sent: otherwise it stays in the field
 */
export function createComposer({ send, commands }) {
  const form = byId('composer')
  const field = byId('text')
  const button = form.querySelector('button[type="submit"]')
  /** What was typed and not sent, by chat and user. */
  const drafts = new Map()
  let place = ''
  let sending = false

  const resize = () => {
    button.disabled = sending || field.value.trim() === ''
    field.style.height = 'auto'
    field.style.height = `${Math.min(field.scrollHeight, 160)}px`
  }
  const submit = async () => {
    const written = field.value
    if (sending || written.trim() === '') return
    const from = place
    sending = true
    resize()
    const isSent = await send(written.trim())
    sending = false
    if (isSent && place === from && field.value === written) field.value = ''
    if (isSent && place !== from) drafts.delete(from)
    resize()
  }
  field.addEventListener('input', () => {
    resize()
    void commands.typed(field.value)
  })
  field.addEventListener('keydown', event => {
    if (event.isComposing) return
    if (commands.key(event)) {
      resize()
      return
    }
    if (event.key !== 'Enter' || event.shiftKey) return
    event.preventDefault()
    void submit()
  })
  form.addEventListener('submit', event => {
    event.preventDefault()
    void submit()
    field.focus()
  })
  const chip = text => el('button', { type: 'button', class: 'chip', onclick: () => void send(text) }, text)
  byId('hint-suggestions').append(...suggestions.map(chip))

  return {
    /** Shows what was typed here before, and what this user may want to send. */
    async open({ userId, chatId }) {
      drafts.set(place, field.value)
      place = `${userId}:${chatId}`
      field.value = drafts.get(place) ?? ''
      resize()
      const shown = place
      const forAdministrator = await commands.administrative(userId)
      if (shown !== place) return
      byId('suggestions').replaceChildren(...(forAdministrator.length > 0 ? forAdministrator : suggestions).map(chip))
    },
  }
}
