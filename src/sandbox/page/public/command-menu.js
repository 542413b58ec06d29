import { byId, el } from './dom.js'
import { request } from './sandbox-api.js'

/**
 * The menu of the bot's commands as Telegram shows them to the user who writes: behind the button, and while a message begins
 * with «/».
 * @param {{ send: (text: string) => void }} deps `send` gets the chosen command
 */
export function createCommandMenu({ send }) {
  const menu = byId('commands')
  const list = byId('command-list')
  const field = byId('text')
  let userId = 0
  /** Those that fit what is typed, while the menu was opened by typing. */
  let fitting = []
  let highlighted = 0
  let typedWord = null

  const load = user => request(`chats/${user}/commands`).catch(() => [])
  const close = () => {
    typedWord = null
    fitting = []
    menu.open = false
    field.removeAttribute('aria-activedescendant')
  }
  const choose = command => {
    if (typedWord !== null) field.value = ''
    close()
    send(`/${command}`)
  }
  const row = ({ command, description }, index) =>
    el(
      'li',
      { id: `command-${index}`, 'data-highlighted': typedWord !== null && index === highlighted ? 'true' : undefined },
      el(
        'button',
        { type: 'button', class: 'command-row', onclick: () => choose(command) },
        el('b', {}, `/${command}`),
        el('span', {}, description),
      ),
    )
  const draw = commands => {
    list.replaceChildren(...commands.map(row))
    list.hidden = commands.length === 0
    if (typedWord === null) return
    field.setAttribute('aria-activedescendant', `command-${highlighted}`)
    list.children[highlighted]?.scrollIntoView({ block: 'nearest' })
  }
  menu.addEventListener('toggle', async () => {
    if (!menu.open || typedWord !== null) return
    const asked = userId
    const commands = await load(asked)
    if (asked === userId && typedWord === null) draw(commands)
  })
  document.addEventListener('click', event => {
    if (!menu.contains(event.target)) close()
  })
  menu.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return
    close()
    menu.querySelector('summary').focus()
  })

  return {
    /** Shows the menu of this place from now on; a group has none. */
    open(place) {
      close()
      userId = place.userId
      list.replaceChildren()
      menu.hidden = place.group
    },
    /** Follows what is typed: a lone «/word» opens the menu at the commands that begin so. */
    async typed(text) {
      const word = /^\/(\w*)$/.exec(text)?.[1]
      if (word === undefined || menu.hidden) return typedWord === null ? undefined : close()
      typedWord = word
      const commands = await load(userId)
      if (typedWord !== word) return
      fitting = commands.filter(({ command }) => command.startsWith(word))
      highlighted = 0
      if (fitting.length === 0) return close()
      menu.open = true
      draw(fitting)
    },
    /** Whether the key was meant for the menu that typing opened. */
    key(event) {
      if (typedWord === null || fitting.length === 0) return false
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (step !== undefined) {
        highlighted = (highlighted + step + fitting.length) % fitting.length
        draw(fitting)
      } else if (event.key === 'Enter' && !event.shiftKey) choose(fitting[highlighted].command)
      else if (event.key === 'Escape') close()
      else return false
      event.preventDefault()
      return true
    },
    /** The commands that only an administrator sees, as they are typed; empty for all other users. */
    async administrative(user) {
      const commands = await load(user)
      return commands.map(({ command }) => `/${command}`).filter(command => command.startsWith('/admin'))
    },
  }
}
