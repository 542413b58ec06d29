import { describe, expect, test } from 'vitest'
import { eventually, refusal, serveTelegram } from './testing/serve-telegram.ts'

async function chatWithUser(options: Parameters<typeof serveTelegram>[0] = {}) {
  const served = await serveTelegram(options)
  served.act.send(7, { text: 'привет' })
  const shown: (string | null)[] = []
  served.act.watch(7, change => {
    if (change.kind === 'draft') shown.push(change.draft?.text ?? null)
  })
  return { ...served, shown }
}

describe('sendMessageDraft', () => {
  test('shows what the bot is writing, with its markup, and leaves no message', async () => {
    const { api, act, control } = await chatWithUser()

    await api.sendMessageDraft(7, 5, '<b>Ищу</b> продукты', { parse_mode: 'HTML', can_stop: true })

    expect(act.draft(7)).toEqual({
      draft_id: 5,
      text: 'Ищу продукты',
      entities: [{ type: 'bold', offset: 0, length: 3 }],
      can_stop: true,
    })
    expect((await control('chats/7/messages')).body).toHaveLength(1)
  })

  test('the next draft replaces it, the answer drops it, a message of the user does not', async () => {
    const { api, act, shown } = await chatWithUser()

    await api.sendMessageDraft(7, 5, 'Думаю')
    await api.sendMessageDraft(7, 5, 'Ищу')
    act.send(7, { text: 'ну что?' })
    const beforeTheAnswer = act.draft(7)?.text
    await api.sendMessage(7, 'Готово')

    expect(beforeTheAnswer).toBe('Ищу')
    expect(shown).toEqual(['Думаю', 'Ищу', null])
    expect(act.draft(7)).toBeNull()
  })

  test('nothing is left of it when it is not renewed', async () => {
    const { api, act, shown } = await chatWithUser({ draftTtlMs: 20 })

    await api.sendMessageDraft(7, 5, 'Думаю')
    await eventually(() => shown.at(-1) === null)

    expect(act.draft(7)).toBeNull()
  })

  test('an empty text is the sign that the bot thinks', async () => {
    const { call, act } = await chatWithUser()

    const answer = await call('sendMessageDraft', { chat_id: 7, draft_id: 5 })

    expect(answer).toEqual({ status: 200, body: { ok: true, result: true } })
    expect(act.draft(7)).toMatchObject({ text: '', can_stop: false })
  })

  test.each([
    ['no draft id', { draft_id: 0, text: 'а' }, 'TEXTDRAFT_ID_INVALID'],
    ['a text over the limit', { draft_id: 5, text: 'я'.repeat(4097) }, 'message is too long'],
    ['an unknown chat', { chat_id: 8, draft_id: 5, text: 'а' }, 'chat not found'],
  ])('%s is refused', async (_, params, problem) => {
    const { call } = await chatWithUser()

    const { body } = await call('sendMessageDraft', { chat_id: 7, ...params })

    expect(body).toMatchObject({ ok: false, error_code: 400, description: `Bad Request: ${problem}` })
  })

  test('a group has no drafts', async () => {
    const { api, act } = await chatWithUser()
    act.send(7, { text: 'привет' }, { chat: 'group' })

    expect(await refusal(api.sendMessageDraft(-1_001_000_000_001, 5, 'Ищу'))).toEqual({
      code: 400,
      description: 'Bad Request: TEXTDRAFT_PEER_INVALID',
    })
  })
})

describe('the stop button of a draft', () => {
  test('sends the bot an update with the draft, and the draft vanishes', async () => {
    const { api, act, control } = await chatWithUser()
    await api.getUpdates({ offset: -1 })
    await api.sendMessageDraft(7, 5, 'Ищу', { can_stop: true })

    const pressed = await control('chats/7/stop', { draft_id: 5 })
    const updates = await api.getUpdates()

    expect(pressed.status).toBe(200)
    expect(updates.at(-1)).toMatchObject({ stopped_message_generation: { chat: { id: 7 }, draft_id: 5 } })
    expect(act.draft(7)).toBeNull()
  })

  test('leaves a draft that the bot keeps, without the button', async () => {
    const { api, act } = await chatWithUser()
    await api.sendMessageDraft(7, 5, 'Ищу', { can_stop: true, keep_on_stop: true })

    act.stop(7, 5)

    expect(act.draft(7)).toMatchObject({ text: 'Ищу', can_stop: false })
  })

  test.each([
    ['that cannot be stopped', 5, false],
    ['that is no longer shown', 4, true],
  ])('is not there on a draft %s', async (_, draft_id, can_stop) => {
    const { api, control } = await chatWithUser()
    await api.sendMessageDraft(7, 5, 'Ищу', { can_stop })

    const pressed = await control('chats/7/stop', { draft_id })

    expect(pressed).toEqual({ status: 400, body: { error: expect.stringContaining('draft_id') } })
  })
})
