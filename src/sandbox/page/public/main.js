import { createBlockButton } from './block-button.js'
import { createChatView } from './chat-view.js'
import { createCommandMenu } from './command-menu.js'
import { createComposer } from './composer.js'
import { avatar, byId } from './dom.js'
import { createEventsPanel } from './events-panel.js'
import { createFaultsPanel } from './faults-panel.js'
import { invitedWith } from './places.js'
import { request } from './sandbox-api.js'
import { createTabs } from './tabs.js'
import { createUserList } from './user-list.js'

/** Which part a phone shows, and which panel stands beside the chat on a wide screen. */
function show(view) {
  document.body.dataset.view = view
  if (view === 'events' || view === 'faults') document.body.dataset.panel = view
  for (const button of document.querySelectorAll('.views button')) {
    button.toggleAttribute('aria-current', button.dataset.view === view)
  }
  tabs.select(document.body.dataset.panel)
  if (view === 'events') setBadge('events', 0)
}

function setBadge(name, count) {
  for (const badge of document.querySelectorAll(`[data-badge="${name}"]`)) {
    badge.textContent = count > 99 ? '99+' : String(count)
    badge.hidden = count === 0
  }
}

let unseenEvents = 0
const tabs = createTabs({ onChosen: show })
const bot = await request('bot')
const chat = createChatView({ botName: bot.username, onChange: () => users.refresh().catch(() => undefined) })
const commandMenu = createCommandMenu({ send: chat.send })
const composer = createComposer({ send: chat.send, commands: commandMenu })
const block = createBlockButton({ onChange: () => users.refresh().catch(() => undefined) })
const users = createUserList({
  onUsers: known => block.show(known),
  onOpen: place => {
    byId('chat-title').textContent = place.group ? place.groupName : 'ВкусВилл помощник'
    byId('who').replaceChildren(avatar(place.userId, place.name), place.name)
    byId('who').setAttribute('aria-label', `Пишет ${place.name}. Сменить человека`)
    chat.open(place)
    commandMenu.open(place)
    block.open(place)
    void composer.open(place)
    show('chat')
  },
})
const events = createEventsPanel({
  nameOf: users.nameOf,
  onNew: () => {
    if (document.body.dataset.view === 'events') unseenEvents = 0
    else setBadge('events', ++unseenEvents)
  },
})
const faults = createFaultsPanel({ onCount: count => setBadge('faults', count) })

byId('who').addEventListener('click', () => {
  show('users')
  byId('user-list').querySelector('[aria-current]')?.focus()
})
for (const button of document.querySelectorAll('.views button')) {
  button.addEventListener('click', () => {
    if (button.dataset.view === 'events') unseenEvents = 0
    show(button.dataset.view)
  })
}

const payload = invitedWith(location)
if (payload === null) await users.start()
else {
  await users.startAsFriend()
  await chat.send(`/start ${payload}`)
}
await faults.start()
events.start(bot.has_events)
if (matchMedia('(min-width: 760px)').matches) byId('text').focus()
