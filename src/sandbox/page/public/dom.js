/**
 * A new element; text children become text nodes, so nothing from outside is ever read as HTML.
 * @param {string} tag
 * @param {Record<string, unknown>} [props] properties, or attributes where the name has a dash or is `role` or `class`
 * @param {...(Node | string | null | undefined)} children
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue
    if (name.includes('-') || name === 'role' || name === 'class' || name === 'for') {
      element.setAttribute(name, String(value))
    } else element[name] = value
  }
  element.append(...children.filter(child => child !== null && child !== undefined))
  return element
}

/** An icon of the sprite in index.html. */
export function icon(name, className = 'icon') {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', className)
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', `#i-${name}`)
  svg.append(use)
  return svg
}

/** The element with this id, which index.html has. */
export const byId = id => document.getElementById(id)

/** A colour of its own for everyone, by id. */
export const hueOf = id => (Math.abs(id) * 137) % 360

/** A round picture with the first letter of the name. */
export function avatar(id, name) {
  const letter = [...name][0]?.toUpperCase() ?? '?'
  const element = el('span', { class: 'avatar', 'aria-hidden': 'true' }, letter)
  element.style.setProperty('--hue', String(hueOf(id)))
  return element
}
