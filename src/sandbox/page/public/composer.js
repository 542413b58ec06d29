import { byId, el } from './dom.js'

const suggestions = [
  'собери завтрак: молоко, хлеб, сыр',
  'борщ на четверых',
  'перекус до 500 рублей',
  '/start habr',
  '/help',
]

/** The input line and the suggestions; `send` gets what the user wrote. */
export function createComposer({ send }) {
  const form = byId('composer')
  const field = byId('text')
  const button = form.querySelector('button')

  const resize = () => {
    button.disabled = field.value.trim() === ''
    field.style.height = 'auto'
    field.style.height = `${Math.min(field.scrollHeight, 160)}px`
  }
  const submit = () => {
    const text = field.value.trim()
    if (text === '') return
    field.value = ''
    resize()
    send(text)
  }
  field.addEventListener('input', resize)
  field.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    submit()
  })
  form.addEventListener('submit', event => {
    event.preventDefault()
    submit()
    field.focus()
  })
  const chip = text => el('button', { type: 'button', class: 'chip', onclick: () => send(text) }, text)
  byId('suggestions').append(...suggestions.map(chip))
  byId('hint-suggestions').append(...suggestions.map(chip))
}
