import { expect, test } from 'vitest'
import { startTestBot } from './support/bot.ts'

const forbiddenToVegan = /сыр (?!тофу)|колбас|молоко 3|ветчин|говядин/i
/** Lines of a cart only: what stays out of it may be named. */
const linesOf = (text: string) => text.match(/^.* — \d.*₽$/gmu)?.join('\n') ?? ''

test('a vegan who asks for cheese and sausage gets neither, and hears why', async () => {
  const bot = await startTestBot()
  const anna = bot.user(111)
  await anna.join()
  await anna.ask('я веган', /учту|учитывать/)

  const answer = await anna.ask('сыр и колбаса', /ограничени|Итого/)

  expect(linesOf(answer.text)).not.toMatch(forbiddenToVegan)
  expect(answer.text).toContain('ограничени')
  expect(await bot.sql('select kind, value from user_restrictions')).toEqual([{ kind: 'diet', value: 'веган' }])
})

test('a vegan gets the allowed part of a list after a reset, with what was replaced named', async () => {
  const bot = await startTestBot()
  const anna = bot.user(112)
  await anna.join()
  await anna.ask('я веган', /учту|учитывать/)
  await anna.ask('/reset', /./)

  const answer = await anna.ask('собери: яблоки, сыр, гречка', /Итого/)

  expect(linesOf(answer.text)).toMatch(/Яблоки[\s\S]*Тофу[\s\S]*Гречка/)
  expect(linesOf(answer.text)).not.toMatch(forbiddenToVegan)
  expect(answer.text).toMatch(/Из-за ваших ограничений заменил: сыр → тофу/)
})

test('a nut allergy stated with the order keeps nuts out of this very cart and shows the warning', async () => {
  const bot = await startTestBot()
  const vera = bot.user(113)
  await vera.join()

  const answer = await vera.ask('у меня аллергия на орехи, собери: шоколад, бананы, мюсли', /Итого/)

  expect(linesOf(answer.text)).not.toMatch(/фундук|орех|арахис|миндал/i)
  expect(answer.text).toContain('Отсутствие аллергенов не гарантирую')
  expect((await vera.ask('/me', /Что я о вас знаю/)).text).toContain('аллергия – орехи')
})
