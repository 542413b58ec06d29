import { expect, test } from 'vitest'
import { startTestBot, type TestBot } from './support/bot.ts'

/** Two shoppers with a cart each, one of them from habr; the admin is user 1. */
async function setup() {
  const bot = await startTestBot()
  const [anna, boris, admin] = [bot.user(2), bot.user(3), bot.user(1)]
  await Promise.all([anna.join('habr'), boris.join()])
  await Promise.all([anna.ask('собери корзину: молоко', /Итого/), boris.ask('собери корзину: хлеб, сыр', /Итого/)])
  return { bot, anna, boris, admin }
}
const pictures = async (bot: TestBot) => (await bot.user(1).messages()).filter(m => m.photo_url !== undefined)

test('the operator reads the numbers of the week in the chat, and a picture follows', async () => {
  const { bot, admin } = await setup()

  const block = await admin.ask('/admin_analytics week', /Аналитика за 7/)

  expect(block.text).toMatch(/Новых: +2\n/)
  expect(block.text).toMatch(/Активных: +2\n/)
  expect(block.text).toMatch(/Создано: +2\n/)
  expect(block.text).toMatch(/\/start → сообщение: +100\s%\n/)
  expect(block.text).toMatch(/Ошибки: +0 \(0\s% запросов\)/)
  await expect.poll(async () => (await pictures(bot)).length).toBe(1)
  const picture = (await pictures(bot))[0]
  expect(picture?.message_id).toBeGreaterThan(block.message_id)
  const bytes = Buffer.from(await (await fetch(new URL(picture?.photo_url ?? '', bot.url))).arrayBuffer())
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
})

test('funnel, sources, cohorts, survey, searches, pitch and help answer', async () => {
  const { admin } = await setup()

  const funnel = await admin.ask('/admin_funnel today habr', /Воронка за сегодня/)
  const sources = await admin.ask('/admin_sources', /Источники за 7/)
  await admin.ask('/admin_cohorts 4w', /Когорты по неделям/)
  await admin.ask('/admin_survey', /Ответов для PMF ещё нет/)
  await admin.ask('/admin_searches', /хотя бы три человека/)
  await admin.ask('/admin_pitch month', /Бот сгенерировал 2\u00A0корзины/)
  await admin.ask('/admin_help', /Команды администратора/)

  expect(funnel.text).toMatch(/корзина +1 +100\s% +100\s%/)
  expect(sources.text).toMatch(/\(habr\):[\s\S]*\(organic\):/)
})

test('what failed is listed with its service and its code, and the status shows what is broken', async () => {
  const { bot, admin, anna } = await setup()
  expect((await admin.ask('/admin_status', /Состояние/)).text).toMatch(/🟢 GigaChat · /)
  await bot.post('/sandbox/faults', { service: 'gigachat', mode: 'status', status: 400 })
  const apology = await anna.ask('а ещё творог', /Код для поддержки/)
  const code = /Код для поддержки: (\w+)/.exec(apology.text)?.[1] ?? 'no code'

  const errors = await admin.ask('/admin_errors today', /Ошибки за сегодня/)
  const status = await admin.ask('/admin_status', /Состояние/)

  expect(errors.text).toMatch(/Без ответа 1 из \d+ сообщений[\s\S]*GigaChat: отказывает\n1 у 1\s?человека/)
  expect(errors.text).toContain(code)
  expect(errors.buttons.flat()).toContainEqual({ text: code, data: `request:${code}` })
  expect(status.text).toMatch(/🔴 GigaChat · /)
  expect(status.text).toMatch(/🟢 PostgreSQL · с запуска/)
  expect((await admin.ask('/admin_analytics today', /Аналитика/)).text).toMatch(/Ошибки: +1 /)
})

test('every command of the admin’s menu is answered, and the help names the same ones', async () => {
  const { bot, admin } = await setup()
  await admin.ask('/start', /Привет|возвращением/)
  const menu = async (userId: number): Promise<string[]> => {
    const response = await fetch(new URL(`/sandbox/chats/${userId}/commands`, bot.url))
    const commands = (await response.json()) as { command: string }[]
    return commands.map(({ command }) => command).filter(name => name.startsWith('admin'))
  }
  await expect.poll(() => menu(1)).toContain('admin_help')
  const names = await menu(1)

  const help = await admin.ask('/admin_help', /Команды администратора/)
  for (const name of names) expect((await admin.ask(`/${name}`, /\S/)).text).not.toContain('Такой команды')

  const described = [...help.text.matchAll(/^\/(admin_\w+)/gm)].map(([, name]) => name)
  expect(names.filter(name => name !== 'admin_help')).toEqual(described)
  expect(await menu(2)).toEqual([])
  await admin.ask('/admin', /Команды администратора/)
  await admin.ask('/admin_unheard', /Такой команды администратора нет/)
})

test('a link for a publication: the same one again, a code, and what came by it', async () => {
  const bot = await startTestBot()
  const [admin, anna, boris] = [bot.user(1), bot.user(2), bot.user(3)]

  const made = await admin.ask('/admin_link Хабр, статья 26 ноября', /Ссылка готова/)
  const slug = /\?start=([\w-]+)/.exec(made.text)?.[1] ?? ''
  await anna.join(slug)
  await boris.join('habr')
  await anna.ask('собери корзину: молоко', /Итого/)
  const again = await admin.ask('/admin_link хабр, статья 26 ноября 15 000 ₽', /Стоимость записана/)
  const links = await admin.ask('/admin_links today', /Ссылки за сегодня/)
  const claimed = await admin.ask('/admin_link habr', /уже приходили: 1\sзапуск, новых людей 1/)

  expect(slug).toBe('khabr-statya-26-noyabrya')
  expect(again.text).toContain(`?start=${slug}`)
  expect(links.text).toMatch(/Запусков: +1\n[\s\S]*Новых людей: +1\n[\s\S]*Первых корзин: +1\n/)
  expect(links.text).toMatch(/Стоимость: +15\s000\s₽/)
  expect(claimed.text).toContain('Это ссылка источника habr')
  expect((await bot.events(2, 'bot_start')).map(({ metadata }) => metadata.source)).toEqual(['organic'])
  expect((await bot.events(3, 'bot_start')).map(({ metadata }) => metadata.source)).toEqual(['habr'])
  await expect.poll(async () => (await pictures(bot)).length).toBe(3)
  await admin.ask('/admin_link Друг = ref_Ab3', /не ref_/)
  await admin.ask('/admin_link Лето 1.000 ₽', /Сумма не прочиталась/)
})

test('what cannot be read is answered with an example', async () => {
  const { admin } = await setup()

  await admin.ask('/admin_analytics yesterday', /\/admin_analytics week/)
  await admin.ask('/admin_funnel week mars', /habr, vc, telegram, referral/)
  await admin.ask('/admin_cohorts 99', /от 1 до 52/)
  await admin.ask('/admin_user abc', /Нужен номер аккаунта/)
  await admin.ask('/admin_grant_carts 2 500', /от 1 до 100/)
  await admin.ask('/admin_user 999', /бот не знает/)
})

test('a user is looked up, blocked, unblocked, given carts', async () => {
  const { admin, anna } = await setup()

  const record = await admin.ask('/admin_user 2', /👤 2/)
  await admin.ask('/admin_block 2 спам', /Заблокирован/)
  await anna.ask('собери корзину: сыр', /спам/)
  await admin.ask('/admin_block 1', /администраторов заблокировать нельзя/)
  await admin.ask('/admin_unblock 2', /Разблокирован/)
  await admin.ask('/admin_grant_carts 2 3', /теперь всего 8/)
  await admin.ask('/admin_reset_carts 3', /снова доступно 5/)

  expect(record.text).toMatch(/Корзин: +1 из 5/)
  expect((await anna.ask('/me', /Корзины/)).text).toContain('использовано 1 из 8')
})

test('an erased user is removed and the totals of the day stay', async () => {
  const { bot, admin } = await setup()
  const before = await admin.ask('/admin_analytics', /Аналитика за сегодня/)

  await admin.ask('/admin_erase 2', /Удалить все данные/)
  await admin.press(/Да, удалить/)
  await admin.reply(/Данные 2 удалены/)
  const after = await admin.ask('/admin_analytics', /Аналитика за сегодня/)

  expect(await bot.events(2)).toEqual([])
  expect(/Создано: +(\d+)/.exec(after.text)?.[1]).toBe(/Создано: +(\d+)/.exec(before.text)?.[1])
})

test('of an erased user who waits the message with their place is deleted', async () => {
  const { bot, admin, anna } = await setup()
  const place = (await anna.ask('/help', /Как это работает/)).message_id
  // another process, which is full, shows it and has not begun
  await bot.sql(`insert into inbox_workers (worker, alive_until) values (gen_random_uuid(), 'infinity')`)
  await bot.sql(
    `insert into inbox (user_id, update_id, body, worker, shown_message)
     select 2, 1, '', worker, $1 from inbox_workers where alive_until = 'infinity'`,
    [place],
  )

  await admin.ask('/admin_erase 2', /Удалить все данные/)
  await admin.press(/Да, удалить/)
  await admin.reply(/Данные 2 удалены/)

  expect((await anna.messages()).map(({ message_id }) => message_id)).not.toContain(place)
})
