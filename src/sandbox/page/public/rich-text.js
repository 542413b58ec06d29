import { el } from './dom.js'
import { localAddress } from './places.js'

const tags = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strikethrough: 's',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  expandable_blockquote: 'blockquote',
}

const blocks = new Set(['pre', 'blockquote', 'expandable_blockquote'])

/** Addresses a click may lead to. */
export const isSafeLink = url => URL.canParse(url) && ['http:', 'https:', 'tg:'].includes(new URL(url).protocol)

/** An outside link, opened in a new tab; words alone when the address is not one to follow. */
export function link(url, botName, ...children) {
  if (!isSafeLink(url)) return el('span', {}, ...children)
  return el('a', { href: localAddress(url, botName), target: '_blank', rel: 'noopener noreferrer' }, ...children)
}

/**
 * The text with its entities as DOM nodes.
 * @param {string} text
 * @param {{ type: string, offset: number, length: number, url?: string }[]} entities nested, never crossing
 * @param {{ onCommand: (command: string) => void, botName: string }} options `onCommand`: a `/command` in the text was clicked
 */
export function richText(text, entities, { onCommand, botName }) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length)
  let next = 0

  const nodesWithin = (start, end) => {
    const nodes = []
    let at = start
    while (next < sorted.length && sorted[next].offset < end) {
      const entity = sorted[next]
      next += 1
      const begin = Math.max(entity.offset, at)
      const stop = Math.min(entity.offset + entity.length, end)
      if (stop <= begin) continue
      if (begin > at) nodes.push(text.slice(at, begin))
      nodes.push(elementOf(entity, text.slice(begin, stop), nodesWithin(begin, stop)))
      // A block element begins on a new line, so the line break after it would be an empty line.
      at = blocks.has(entity.type) && text[stop] === '\n' ? Math.min(stop + 1, end) : stop
    }
    if (at < end) nodes.push(text.slice(at, end))
    return nodes
  }
  const elementOf = (entity, words, children) => {
    switch (entity.type) {
      case 'text_link':
        return link(entity.url, botName, ...children)
      case 'url':
        return link(words, botName, ...children)
      case 'bot_command':
        return el('button', { type: 'button', class: 'command', onclick: () => onCommand(words) }, ...children)
      case 'spoiler':
        return spoiler(children)
      default:
        return el(tags[entity.type] ?? 'span', {}, ...children)
    }
  }
  return nodesWithin(0, text.length)
}

function spoiler(children) {
  const element = el('span', { class: 'spoiler', role: 'button', tabIndex: 0, 'aria-label': 'Скрытый текст' })
  const reveal = () => {
    element.classList.add('open')
    element.removeAttribute('aria-label')
  }
  element.append(...children)
  element.addEventListener('click', reveal)
  element.addEventListener('keydown', event => event.key === 'Enter' && reveal())
  return element
}
