import { avatar, byId, el } from './dom.js'
import { request } from './sandbox-api.js'

const refreshMs = 4000
const time = new Intl.DateTimeFormat('ru', { hour: '2-digit', minute: '2-digit' })
const mediaWords = { photo: 'Фотография', sticker: 'Стикер', voice: 'Голосовое', document: 'Файл' }

/**
 * The chats, the one written in last first; `onOpen` gets the chosen place, `onUsers` the users as they are known. The user is part of the address, so that two tabs
 * can play two users.
 */
export function createUserList({ onOpen, onUsers }) {
  const list = byId('user-list')
  const seen = new Map()
  let users = []
  let group
  let open = { userId: 0, chatId: 0, group: false }

  const row = (chat, isGroup) => {
    const chosen = chat.id === open.chatId
    if (chosen && chat.last) seen.set(chat.id, chat.last.message_id)
    const unread = chat.last?.from === 'bot' && chat.last.message_id > (seen.get(chat.id) ?? 0)
    const words = chat.last
      ? chat.last.text || mediaWords[chat.last.media] || ''
      : isGroup
        ? 'общий чат'
        : 'ещё не писали'
    const button = el(
      'button',
      { type: 'button', class: 'user', 'aria-current': chosen ? 'true' : undefined },
      avatar(chat.id, chat.name),
      el('span', { class: 'user-name' }, chat.name),
      el('span', { class: 'user-time' }, chat.last ? time.format(new Date(chat.last.date * 1000)) : ''),
      el('span', { class: 'user-last' }, `${chat.last?.from === 'user' && !isGroup ? 'Вы: ' : ''}${words}`),
      unread ? el('span', { class: 'unread', role: 'img', 'aria-label': 'есть новое' }) : null,
    )
    button.dataset.chat = chat.id
    button.addEventListener('click', () => choose(isGroup ? { ...open, chatId: chat.id, group: true } : placeOf(chat)))
    return el('li', {}, button)
  }
  const placeOf = user => ({ userId: user.id, chatId: user.id, group: false })
  const draw = () => {
    const focused = document.activeElement?.dataset?.chat
    const rows = [...users.map(user => ({ chat: user, isGroup: false })), { chat: group, isGroup: true }]
    rows.sort((a, b) => (b.chat.last?.date ?? 0) - (a.chat.last?.date ?? 0))
    onUsers(users)
    list.replaceChildren(...rows.map(({ chat, isGroup }) => row(chat, isGroup)))
    if (focused) list.querySelector(`[data-chat="${focused}"]`)?.focus()
  }
  const choose = place => {
    open = place
    const user = users.find(one => one.id === place.userId)
    location.hash = String(place.userId)
    onOpen({ ...place, name: user?.name ?? String(place.userId), groupName: group.name })
    draw()
  }
  let drawn = ''
  const refresh = async () => {
    const answer = await request('users')
    const state = JSON.stringify(answer)
    if (state === drawn) return
    drawn = state
    ;({ users, group } = answer)
    draw()
  }

  const add = async name => {
    const user = await request('users', { name })
    await refresh()
    choose(placeOf(user))
  }
  byId('add-user').addEventListener('submit', async event => {
    event.preventDefault()
    const field = byId('user-name')
    const name = field.value
    field.value = ''
    await add(name)
  })
  setInterval(() => {
    if (document.visibilityState === 'visible') refresh().catch(() => undefined)
  }, refreshMs)

  return {
    refresh,
    /** Opens the user of the address, or the first who is not the administrator. */
    async start() {
      await refresh()
      const wanted = Number(location.hash.slice(1))
      choose(placeOf(users.find(user => user.id === wanted) ?? users[1] ?? users[0]))
    },
    /** Opens the chat as a new user, whom an invitation brought. */
    async startAsFriend() {
      await refresh()
      await add('Друг')
    },
    nameOf: userId => users.find(user => user.id === userId)?.name,
  }
}
