import { describe, expect, test } from 'vitest'
import type { Restriction } from '../../users/users.ts'
import { cart, setup as createSetup, search } from '../testing/assistant-setup.ts'
import { product, question } from '../testing/fakes.ts'

const milk = product(1, 'Молоко 3,2%')
const oatDrink = product(2, 'Напиток овсяный')
const chocolate = product(3, 'Шоколад молочный с фундуком')
const biscuits = product(4, 'Печенье к чаю')
const apples = product(5, 'Яблоки Гала')
const coriander = product(6, 'Кинза, 50 г')

const nuts: Restriction = { kind: 'allergy', value: 'орехи' }
const vegan: Restriction = { kind: 'diet', value: 'веган' }
const state = ({ kind, value }: Restriction) => ({ call: 'user_restrictions', args: { action: 'set', kind, value } })

function setup(options: NonNullable<Parameters<typeof createSetup>[0]>) {
  const made = createSetup({ products: [milk, oatDrink, chocolate, biscuits, apples, coriander], ...options })
  made.shop.cards.set(oatDrink.id, { properties: { Состав: 'вода, овёс' } })
  return made
}

describe('a cart with what the user must not get', () => {
  test('is refused with line, restriction and what was found, and made once the line is replaced', async () => {
    const { assistant, shop, results } = setup({
      script: [search('молоко'), search('овсяный'), cart([{ xml_id: 1 }]), cart([{ xml_id: 2 }]), 'Готово'],
      users: { restrictions: [vegan] },
    })

    const answer = await assistant.answer(question('молоко'))

    expect(results()[2]).toMatchObject({
      ok: false,
      error: 'restricted',
      conflicts: [{ xml_id: 1, name: 'Молоко 3,2%', restriction: 'питание: веган', found: 'молоко' }],
    })
    expect(shop.carts).toEqual([[{ xmlId: 2, q: 1 }]])
    expect(answer.cart?.unchecked).toEqual([])
  })

  test('is refused for a restriction stated in this very message, stored or not', async () => {
    const { assistant, shop, users } = setup({
      script: [state(nuts), search('шоколад'), cart([{ xml_id: 3 }]), 'Нельзя'],
      users: { preferencesFail: true },
    })

    const answer = await assistant.answer(question('у меня аллергия на орехи, шоколад'))

    expect(users.state.restrictions).toEqual([])
    expect(shop.carts).toEqual([])
    expect(answer.cart).toBeNull()
  })

  test('is refused for a restriction that an older preference states', async () => {
    const { assistant, shop } = setup({
      script: [search('шоколад'), cart([{ xml_id: 3 }]), 'Нельзя'],
      users: { preferences: [{ category: 'аллергия на орехи', preference: 'исключить: орехи' }] },
    })

    await assistant.answer(question('шоколад'))

    expect(shop.carts).toEqual([])
  })

  test('may be made again after the restriction was removed', async () => {
    const { assistant, shop } = setup({
      script: [
        search('молоко'),
        cart([{ xml_id: 1 }]),
        { call: 'user_restrictions', args: { action: 'remove', kind: 'diet', value: 'веган' } },
        cart([{ xml_id: 1 }]),
        'Готово',
      ],
      users: { restrictions: [vegan] },
    })

    await assistant.answer(question('я больше не веган, молоко'))

    expect(shop.carts).toHaveLength(1)
  })
})

test('a composition that is not stated, or a card that cannot be read, is stated line by line', async () => {
  const { assistant, shop } = setup({
    script: [search('печенье'), search('яблоки'), cart([{ xml_id: 4 }, { xml_id: 5 }]), 'Готово'],
    users: { restrictions: [nuts] },
  })
  shop.failing.details = () => new Error('no card')

  const answer = await assistant.answer(question('печенье и яблоки'))

  expect(answer.cart?.unchecked).toEqual([{ name: 'Печенье к чаю', restriction: 'орехи' }])
  expect(answer.allergyWarning).toBe(true)
})

test('restrictions that cannot be read are stated', async () => {
  const { assistant } = setup({
    script: [search('молоко'), cart([{ xml_id: 1 }]), 'Готово'],
    users: { preferencesFail: true },
  })

  expect((await assistant.answer(question('молоко'))).cart?.restrictionsUnread).toBe(true)
})

test('an explicit wish goes before a dislike, a cart without that wish does not hold it', async () => {
  const users = { restrictions: [{ kind: 'dislike' as const, value: 'кинза' }] }
  const script = [search('кинза'), cart([{ xml_id: 6 }]), 'Готово']
  const wished = setup({ script, users })
  const not = setup({ script, users })

  await wished.assistant.answer(question('сегодня хочу кинзу'))
  await not.assistant.answer(question('зелень к плову'))

  expect(wished.shop.carts).toHaveLength(1)
  expect(not.shop.carts).toEqual([])
})

test('search results carry the verdict, what is forbidden last', async () => {
  const { assistant, results } = setup({
    script: [search('о'), 'Вот'],
    users: { restrictions: [vegan] },
  })

  await assistant.answer(question('что есть?'))

  expect(results()[0]?.products).toMatchObject([
    { name: 'Напиток овсяный', verdict: 'проверить' },
    { name: 'Яблоки Гала', verdict: 'можно' },
    { name: 'Молоко 3,2%', verdict: 'нельзя (питание: веган)' },
    { name: 'Шоколад молочный с фундуком', verdict: 'нельзя (питание: веган)' },
  ])
})

test('restrictions stand behind the date of the system message', async () => {
  const { assistant, requests } = setup({ users: { restrictions: [nuts, vegan] } })

  await assistant.answer(question('привет'))

  expect(requests[0]?.messages[0]?.content).toMatch(
    /Сегодня [^\n]+\nОграничения человека: аллергия или непереносимость: орехи; питание: веган\. Ничего из этого не предлагай и не клади в корзину\.\n/,
  )
})

test('without restrictions no card is read', async () => {
  const { assistant, shop } = setup({ script: [search('печенье'), cart([{ xml_id: 4 }]), 'Готово'] })
  let cards = 0
  shop.failing.details = () => {
    cards += 1
    return undefined
  }

  await assistant.answer(question('печенье'))

  expect(cards).toBe(0)
})

test('the model reads neither address nor name nor phone', async () => {
  const { assistant, requests, dialogue } = setup({})

  await assistant.answer(question('меня зовут Анна, ул. Ленина, 5, +7 916 123-45-67, хочу молоко'))

  const sent = JSON.stringify(requests) + JSON.stringify(dialogue.stored())
  expect(sent).toContain('хочу молоко')
  for (const secret of ['Анна', 'Ленина', '916']) expect(sent).not.toContain(secret)
})
