import { el, hueOf, icon } from './dom.js'
import { localAddress } from './places.js'
import { isSafeLink, richText } from './rich-text.js'

const time = new Intl.DateTimeFormat('ru', { hour: '2-digit', minute: '2-digit' })
const widestPicture = 420

/**
 * One message as a list item.
 * @param {any} message as the chat's stream sends it
 * @param {{ showName: boolean, botName: string, onCommand: (command: string) => void, onPress: (data: string, button: HTMLElement) => void }} options
 */
export function messageElement(message, { showName, botName, onCommand, onPress }) {
  const own = message.from === 'user'
  const bare = message.media === 'sticker'
  const bubble = el('div', { class: bare ? 'bubble bare' : 'bubble' })
  if (showName && own) {
    const name = el('p', { class: 'author' }, message.name)
    name.style.setProperty('--hue', String(hueOf(message.user_id)))
    bubble.append(name)
  }
  const media = mediaElement(message)
  if (media) bubble.append(media)
  if (message.text !== '') {
    bubble.append(el('div', { class: 'text' }, ...richText(message.text, message.entities, { onCommand, botName })))
  }
  const date = new Date(message.date * 1000)
  const stamp = el('time', { class: 'stamp', dateTime: date.toISOString() }, time.format(date))
  // A bot edits its messages all the time, to show progress or to remove buttons.
  if (message.edited && own) stamp.prepend('изменено ')
  bubble.append(stamp)

  const item = el('li', { class: `message ${own ? 'own' : 'bot'}` })
  item.dataset.id = message.message_id
  item.append(el('span', { class: 'visually-hidden' }, own ? `${message.name}: ` : 'Бот: '), bubble)
  if (message.buttons.length > 0) item.append(keyboard(message.buttons, { onPress, botName }))
  return item
}

function mediaElement(message) {
  switch (message.media) {
    case 'photo':
      return message.photo_url ? picture(message) : placeholder('photo', 'Фотография')
    case 'sticker':
      return el('div', { class: 'sticker', role: 'img', 'aria-label': 'Стикер' }, '👍')
    case 'voice':
      return placeholder('voice', 'Голосовое, 0:03')
    case 'document':
      return el(
        'a',
        { class: 'file', href: message.file.url, download: message.file.name },
        icon('file'),
        message.file.name,
      )
    default:
      return undefined
  }
}

/** Takes its place before it is loaded, so that nothing jumps. */
function picture({ photo_url, size, text }) {
  const width = Math.min(size.width, widestPicture)
  const image = el('img', { src: photo_url, alt: text || 'Картинка от бота', width: size.width, height: size.height })
  image.style.width = `${width}px`
  return el('a', { class: 'picture', href: photo_url, target: '_blank', rel: 'noopener' }, image)
}

const placeholder = (iconName, words) => el('div', { class: 'placeholder' }, icon(iconName), words)

function keyboard(rows, options) {
  const lines = rows.map(row =>
    el('div', { class: 'keyboard-row' }, ...row.map(button => buttonElement(button, options))),
  )
  return el('div', { class: 'keyboard' }, ...lines)
}

function buttonElement({ text, url, data }, { onPress, botName }) {
  if (url !== undefined && isSafeLink(url)) {
    return el(
      'a',
      { class: 'key', href: localAddress(url, botName), target: '_blank', rel: 'noopener noreferrer' },
      text,
      icon('out', 'icon small'),
    )
  }
  const button = el('button', { type: 'button', class: 'key', disabled: data === undefined }, text)
  button.addEventListener('click', () => onPress(data, button))
  return button
}
