import { byId } from './dom.js'
import { createDraftView } from './draft-view.js'
import { messageElement } from './message-element.js'
import { createReplyBar } from './reply-bar.js'
import { listen, request } from './sandbox-api.js'

const typingMs = 5500
const pressedMs = 8000
const toastMs = 4000

/**
 * The open chat: its messages live, what the user types, the buttons they press.
 * @param {{ onChange: () => void, botName: string }} deps `onChange` is called after anything was written in the chat
 */
export function createChatView({ onChange, botName }) {
  const scroller = byId('scroller')
  const list = byId('messages')
  const status = byId('chat-status')
  const toEnd = byId('to-end')
  const toast = byId('toast')
  /** Who writes (`userId`) and where (`chatId`, differs from it in the group). */
  let place = { userId: 0, chatId: 0, group: false }
  let stop = () => undefined
  let typingTimer
  let toastTimer

  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80
  const scrollToEnd = () => {
    scroller.scrollTop = scroller.scrollHeight
  }
  const inGroup = () => (place.group ? { chat: 'group' } : {})
  const find = messageId => list.querySelector(`[data-id="${messageId}"]`)
  const element = message =>
    messageElement(message, { showName: place.group, botName, onCommand: send, onPress: press(message) })

  /** Whether the message was sent; a toast reports when it was not. */
  async function send(text) {
    try {
      await request(`chats/${place.userId}/messages`, { text, ...inGroup() })
      setHint(false)
      scrollToEnd()
      onChange()
      return true
    } catch (err) {
      showToast(`Не отправилось: ${err.message}`)
      return false
    }
  }
  const press = message => async (data, button) => {
    button.classList.add('pressed')
    setTimeout(() => button.classList.remove('pressed'), pressedMs)
    try {
      await request(`chats/${place.userId}/callbacks`, { message_id: message.message_id, data, ...inGroup() })
    } catch (err) {
      button.classList.remove('pressed')
      showToast(`Кнопка не нажалась: ${err.message}`)
    }
  }
  const stopDraft = async draftId => {
    try {
      await request(`chats/${place.userId}/stop`, { draft_id: draftId })
    } catch (err) {
      showToast(`Не остановилось: ${err.message}`)
    }
  }
  const replyBar = createReplyBar({
    textOf: messageId => find(messageId)?.querySelector('.text')?.textContent ?? '',
    onClose: () => request(`chats/${place.userId}/cancel-reply`, {}).catch(err => showToast(err.message)),
  })
  const draftView = createDraftView({ onCommand: send, onStop: stopDraft })
  const setStatus = words => {
    status.textContent = words
  }
  const setTyping = typing => {
    clearTimeout(typingTimer)
    byId('typing').classList.toggle('on', typing)
    setStatus(typing ? 'печатает…' : 'на связи')
    if (typing) typingTimer = setTimeout(() => setTyping(false), typingMs)
  }
  const setHint = visible => {
    byId('hint').hidden = !visible
  }
  const showToast = words => {
    clearTimeout(toastTimer)
    toast.textContent = words
    toast.hidden = false
    toastTimer = setTimeout(() => {
      toast.hidden = true
    }, toastMs)
  }
  const keepAtEnd = change => {
    const follow = atEnd()
    change()
    if (follow) scrollToEnd()
    else toEnd.hidden = atEnd()
  }
  const handlers = {
    snapshot: messages => {
      list.setAttribute('aria-busy', 'true')
      list.replaceChildren(...messages.map(element))
      draftView.show(null)
      replyBar.show(null)
      setHint(messages.length === 0)
      setTyping(false)
      scrollToEnd()
      list.removeAttribute('aria-busy')
    },
    message: message => {
      setHint(false)
      keepAtEnd(() => {
        list.append(element(message))
        if (message.from === 'bot') setTyping(false)
      })
      onChange()
    },
    edited: message => keepAtEnd(() => find(message.message_id)?.replaceWith(element(message))),
    deleted: ({ messageIds }) =>
      keepAtEnd(() => {
        for (const id of messageIds) find(id)?.remove()
      }),
    typing: () => setTyping(true),
    reply: ({ to }) => replyBar.show(to),
    draft: ({ draft }) => keepAtEnd(() => draftView.show(draft)),
    answer: ({ text, alert, url }) => {
      for (const button of list.querySelectorAll('.pressed')) button.classList.remove('pressed')
      if (url) window.open(url, '_blank', 'noopener')
      if (text === '') return
      if (!alert) return showToast(text)
      byId('alert-text').textContent = text
      byId('alert').showModal()
    },
  }

  scroller.addEventListener('scroll', () => {
    toEnd.hidden = atEnd()
  })
  toEnd.addEventListener('click', scrollToEnd)
  new ResizeObserver(() => {
    if (toEnd.hidden) scrollToEnd()
  }).observe(scroller)

  return {
    send,
    /** Shows another chat, or the same one as another user. */
    open(next) {
      place = next
      stop()
      list.replaceChildren()
      draftView.show(null)
      setStatus('соединяюсь…')
      stop = listen(`chats/${next.chatId}/stream`, handlers, connected =>
        setStatus(connected ? 'на связи' : 'нет связи, соединяюсь снова…'),
      )
    },
  }
}
