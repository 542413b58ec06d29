import { expect, test } from 'vitest'
import type { Product } from '../../shop/shop.ts'
import type { Restriction } from '../../users/users.ts'
import { setup } from '../testing/assistant-setup.ts'
import { product, question, type Turn } from '../testing/fakes.ts'
import { type Food, foods, needs } from './testing/foods.ts'

const dialogues = 500
const seed = 20_261_126

/** Mulberry32: the same numbers for the same seed everywhere. */
function createRandom(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (n: number) => Math.floor(next() * n)
  return {
    below,
    pick: <T>(items: readonly T[]): T => items[below(items.length)] as T,
    some: <T>(items: readonly T[], n: number): T[] =>
      items
        .map(item => ({ item, at: next() }))
        .sort((a, b) => a.at - b.at)
        .slice(0, n)
        .map(({ item }) => item),
  }
}
type Random = ReturnType<typeof createRandom>

type Way = 'stored' | 'tool' | 'spoken' | 'earlier'

const sentences: Record<Restriction['kind'], readonly ((value: string) => string)[]> = {
  diet: [value => `Соблюдаю диету, питание: ${value}`],
  allergy: [
    value => `У меня аллергия на ${value}`,
    value => `аллергия: ${value}`,
    value => `на ${value} у сына аллергия`,
    value => `Собери что-нибудь. У дочки аллергия на ${value}`,
  ],
  dislike: [value => `не ем ${value}`, value => `${value} не ем`],
}

/** A restriction, what it keeps out, and how the bot learns of it: a diet is spoken of in too many forms to be built here. */
function stateOne(random: Random) {
  const { kind, values, without } = random.pick(needs)
  const restriction = { kind, value: random.pick(values) }
  const ways: Way[] =
    kind === 'diet'
      ? ['stored', 'tool']
      : kind === 'dislike'
        ? ['stored', 'tool', 'spoken']
        : ['stored', 'tool', 'spoken', 'earlier']
  const way = random.pick(ways)
  return { restriction, without, way, sentence: random.pick(sentences[kind])(restriction.value) }
}

const decorated = ({ name }: Food, random: Random) =>
  random.pick([name, name.toUpperCase(), `${name}, 200 г`, `${name} «Избёнка», 0,5 кг`, name.replaceAll('ё', 'е')])

/** One assistant for all dialogues; `play` sets its shop, its user and its model up for the next one. */
function createStage(random: Random) {
  const products: Product[] = []
  let turns: Turn[] = []
  const stage = setup({ script: [() => turns.shift() ?? 'Готово'], products })

  async function play() {
    const stated = Array.from({ length: 1 + random.below(2) }, () => stateOne(random))
    const by = (way: Way) => stated.filter(restriction => restriction.way === way)
    const shelf = random.some(foods, 14)
    products.splice(0, products.length, ...shelf.map((food, i) => product(i + 1, decorated(food, random))))
    stage.shop.cards.clear()
    shelf.forEach(({ composition }, i) => {
      if (composition !== null) stage.shop.cards.set(i + 1001, { properties: { Состав: composition } })
    })
    stage.users.state.restrictions = by('stored').map(({ restriction }) => restriction)
    stage.users.state.cartsCreated = 0
    await stage.dialogue.store.save(
      7,
      by('earlier').flatMap(({ sentence }) => [
        { role: 'user' as const, content: sentence },
        { role: 'assistant' as const, content: 'Хорошо' },
      ]),
    )
    turns = [
      ...by('tool').map(({ restriction }) => ({ call: 'user_restrictions', args: { action: 'set', ...restriction } })),
      { call: 'vkusvill_products_search', args: { queries: products.map(({ name }) => name) } },
      ...Array.from({ length: 5 }, () => ({
        call: 'vkusvill_cart_link_create',
        args: { products: random.some(products, 1 + random.below(4)).map(({ xmlId }) => ({ xml_id: xmlId })) },
      })),
    ]
    const text = [...by('spoken').map(({ sentence }) => sentence), 'собери что-нибудь'].join('. ')
    const before = stage.shop.carts.length
    const answer = await stage.assistant.answer(question(text))
    return { stated, shelf, answer, bought: stage.shop.carts.slice(before).flat() }
  }
  return { play }
}

const shares = (some: string, others: string) => [...some].some(letter => others.includes(letter))

test(`in ${dialogues} generated dialogues no cart holds a food that its user must not get`, async () => {
  const { play } = createStage(createRandom(seed))
  const wrong: string[] = []
  let lines = 0

  for (let i = 0; i < dialogues; i++) {
    const { stated, shelf, answer, bought } = await play()
    for (const { xmlId } of bought) {
      lines += 1
      const food = shelf[xmlId - 1] as Food
      for (const { restriction, without, way } of stated) {
        const isStated = answer.cart?.unchecked.some(({ name }) =>
          name.toLowerCase().startsWith(food.name.toLowerCase().slice(0, 5)),
        )
        const isOpen = food.composition === null && restriction.kind !== 'dislike' && shares(food.maybe, without)
        if (shares(food.holds, without)) wrong.push(`${way} ${restriction.kind} ${restriction.value}: ${food.name}`)
        else if (isOpen && isStated !== true) wrong.push(`${restriction.value}: ${food.name} is not reported`)
      }
    }
  }

  expect(wrong).toEqual([])
  expect(lines).toBeGreaterThan(dialogues / 4)
})
