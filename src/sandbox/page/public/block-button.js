import { byId } from './dom.js'
import { request } from './sandbox-api.js'

/** The button by which the user of an open private chat blocks the bot, or lets it in again; `onChange` follows each press. */
export function createBlockButton({ onChange }) {
  const button = byId('block')
  let open = { userId: 0, group: true }
  let blocked = false
  const draw = () => {
    button.hidden = open.group
    button.setAttribute('aria-pressed', String(blocked))
    button.title = blocked ? 'Разблокировать бота' : 'Заблокировать бота'
  }
  button.addEventListener('click', async () => {
    await request(`chats/${open.userId}/block`, { blocked: !blocked })
    blocked = !blocked
    draw()
    onChange()
  })
  return {
    open(place) {
      open = place
      draw()
    },
    /** Takes over what the sandbox knows of its users. */
    show(users) {
      blocked = users.find(({ id }) => id === open.userId)?.blocked === true
      draw()
    },
  }
}
