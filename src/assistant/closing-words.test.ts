import { describe, expect, test } from 'vitest'
import { search, setup } from './testing/assistant-setup.ts'
import { question } from './testing/fakes.ts'

describe('the closing words of a cart', () => {
  const withWords = (message: unknown, q: unknown = 1) => ({
    call: 'vkusvill_cart_link_create',
    args: { products: [{ xml_id: 1, q }], message },
  })

  test('end the message without another turn of the model', async () => {
    const { assistant, requests, dialogue } = setup({
      script: [search('молоко'), withWords('Взяла молоко 3,2%.'), 'Ещё'],
    })

    const answer = await assistant.answer(question('молоко'))

    expect(requests).toHaveLength(2)
    expect(answer).toMatchObject({ text: 'Взяла молоко 3,2%.', error: null, cart: { cartNumber: 1 } })
    expect(dialogue.stored().at(-1)).toEqual({ role: 'assistant', content: 'Взяла молоко 3,2%.' })
  })

  test('are cleaned as the text of the model is', async () => {
    const message =
      '**Готово!** Смотрите https://evil.example/?share_basket=1\n1. Молоко – 90 ₽\nИтого: 90 ₽\n<think>цены</think>'
    const { assistant } = setup({ script: [search('молоко'), withWords(message)] })

    const answer = await assistant.answer(question('молоко'))

    expect(answer.text).toBe('Готово! Смотрите')
  })

  test.each([
    ['none', undefined],
    ['blank ones', '  '],
    ['nothing but a link', 'https://vkusvill.ru/?share_basket=7'],
    ['no text', { text: 'Готово' }],
  ])('where there are none the model gets its turn: %s', async (_, message) => {
    const { assistant, requests } = setup({ script: [search('молоко'), withWords(message), 'Готово!'] })

    const answer = await assistant.answer(question('молоко'))

    expect(requests).toHaveLength(3)
    expect(requests[2]).toMatchObject({ functionCall: 'none' })
    expect(answer.text).toBe('Готово!')
  })

  test('do not stand for a cart whose quantities were corrected: the model reads that first', async () => {
    const { assistant, requests, results } = setup({
      script: [search('молоко'), withWords('Положила полтора литра.', 1.5), 'Молоко продаётся целыми бутылками.'],
    })

    const answer = await assistant.answer(question('молоко'))

    expect(requests).toHaveLength(3)
    expect(results()[1]).toMatchObject({ corrections: [{ xml_id: 1, asked: 1.5 }] })
    expect(answer.text).toBe('Молоко продаётся целыми бутылками.')
  })

  test('of a refused cart are not shown, and other words do not make it another cart', async () => {
    const { assistant, requests, shop } = setup({
      script: [search('молоко'), withWords('Раз', 2), withWords('Два', 2), withWords('Три')].map(turn =>
        'call' in turn && turn.call === 'vkusvill_cart_link_create'
          ? { ...turn, args: { ...turn.args, budget: 100 } }
          : turn,
      ),
    })

    const answer = await assistant.answer(question('молоко до 100 рублей'))

    expect(requests).toHaveLength(4)
    expect(requests[3]?.messages.at(-1)?.content).toContain('уже был')
    expect(shop.carts).toHaveLength(1)
    expect(answer.text).toBe('Три')
  })

  test('are shown also where the cart could not be stored', async () => {
    const { assistant, users } = setup({ script: [search('молоко'), withWords('Готово!')] })
    users.cartCreated = async () => {
      throw new Error('no database')
    }

    const answer = await assistant.answer(question('молоко'))

    expect(answer).toMatchObject({ text: 'Готово!', cart: { cartNumber: null } })
  })
})
