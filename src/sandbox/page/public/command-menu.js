import { byId, el } from './dom.js'
import { request } from './sandbox-api.js'

/**
 * The menu button of the chat: the bot's commands as Telegram shows them to the user who writes.
 * @param {{ send: (text: string) => void }} deps `send` gets the chosen command
 */
export function createCommandMenu({ send }) {
  const menu = byId('commands')
  const list = byId('command-list')
  const close = () => {
    menu.open = false
  }
  const choose = command => {
    close()
    send(`/${command}`)
  }
  const row = ({ command, description }) =>
    el(
      'li',
      {},
      el(
        'button',
        { type: 'button', class: 'command-row', onclick: () => choose(command) },
        el('b', {}, `/${command}`),
        el('span', {}, description),
      ),
    )
  let userId = 0
  menu.addEventListener('toggle', async () => {
    if (!menu.open) return
    const asked = userId
    const commands = await request(`chats/${asked}/commands`).catch(() => [])
    if (asked !== userId) return
    list.replaceChildren(...commands.map(row))
    list.hidden = commands.length === 0
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
  }
}
