import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerText } from '../../src/assistant/answer-text/answer-text.ts'
import { answer, chats, request, setup as setupClient } from '../../src/assistant/gigachat/testing/client-setup.ts'
import { setup } from '../../src/assistant/testing/assistant-setup.ts'
import { question } from '../../src/assistant/testing/fakes.ts'
import { replyJson } from '../support/hostile-server.ts'

const shown = (raw: string, hasCart = false) => answerText(raw, { hasCart, isCut: false })

describe('what is no text for a user', () => {
  test.each([
    ['a table', '| Продукт | Цена |\n|---|---|\n| Молоко | 90 ₽ |', 'Продукт – Цена:\n- Молоко – 90 ₽'],
    [
      'a table without a frame',
      'Вот:\nПродукт | Цена\n--- | :--:\nМолоко | 90 ₽\n\nКонец',
      'Вот:\nПродукт – Цена:\n- Молоко – 90 ₽\n\nКонец',
    ],
    ['codes of letters', '\\u041c\\u043e\\u043b\\u043e\\u043a\\u043e и хлеб', 'Молоко и хлеб'],
    ['codes of an emoji', 'Готово \\ud83e\\udd5b', 'Готово 🥛'],
    ['half a code', 'Готово \\ud83e!', 'Готово !'],
    ['line breaks in letters', 'Первый\\nВторой\\nТретий', 'Первый\nВторой\nТретий'],
    ['line breaks escaped twice', 'Первый\\\\nвторой\\r\\n- третий', 'Первый\nвторой\n- третий'],
    ['quotation marks escaped', 'Сыр \\"Маасдам\\"', 'Сыр "Маасдам"'],
    ['a formula', 'Сумма \\(2 \\times 90 = 180\\)', 'Сумма 2 × 90 = 180'],
    ['a formula on its own', '\\[\\frac{180}{2} \\approx 90 \\text{ ₽}\\]', '180/2 ≈ 90 ₽'],
    ['a formula between dollars', 'Итак $2 \\cdot 90$', 'Итак 2 · 90'],
    ['a source', 'Молоко полезно【1†source】.', 'Молоко полезно.'],
    ['numbered sources', 'Молоко полезно[1][2, 3]. Хлеб тоже [4].', 'Молоко полезно. Хлеб тоже.'],
    ['a footnote', 'Молоко полезно[^1].', 'Молоко полезно.'],
    ['reasoning', '<think>Надо найти молоко</think>Вот молоко', 'Вот молоко'],
    ['reasoning by another name', '<thinking>\nХм\n</thinking>\n\nВот', 'Вот'],
    ['reasoning whose beginning is missing', 'Надо найти молоко</think>\nВот молоко', 'Вот молоко'],
    ['reasoning whose end is missing', 'Вот молоко <think>а хлеб', 'Вот молоко'],
    ['reasoning in encoded tags', '&lt;think&gt;Хм&lt;/think&gt;Вот', 'Вот'],
    ['reasoning in escaped tags', '\\u003cthink\\u003eХм\\u003c/think\\u003eВот', 'Вот'],
    ['reasoning in square brackets', '[THINK]Хм[/THINK]Вот', 'Вот'],
    ['reasoning in tokens', '<|begin_of_thought|>Хм<|end_of_thought|>Вот', 'Вот'],
    [
      'a protocol with channels',
      '<|channel|>analysis<|message|>Хм<|end|><|start|>assistant<|channel|>final<|message|>Вот<|return|>',
      'Вот',
    ],
    ['a protocol with roles', '<|im_start|>assistant\nВот<|im_end|>', 'Вот'],
    ['tokens in wide bars', '<｜Assistant｜>Вот<｜end▁of▁sentence｜>', 'Вот'],
    ['a protocol in words', 'Thought: надо подумать\nFinal Answer: Вот', 'Вот'],
    [
      'a call beside words',
      'Ищу!\n<function_call>{"name":"vkusvill_products_search","arguments":{"q":"сыр"}}</function_call>',
      'Ищу!',
    ],
    ['a call cut off', 'Ищу!\n{"name": "vkusvill_products_search", "arguments": {"q": "сы', 'Ищу!'],
    ['the name of a function', 'Ищу!\nСейчас вызову vkusvill_products_search и покажу.', 'Ищу!'],
  ])('%s', (_, raw, text) => {
    expect(shown(raw)).toBe(text)
  })

  test.each([
    '<think>надо подумать',
    '```json\n{"name":"recipe_ingredients","arguments":{"dish":"борщ"}}\n```',
    '{"function_call":{"name":"get_previous_cart"}}',
    '<|im_end|>',
  ])('%j leaves nothing', raw => {
    expect(shown(raw)).toBeNull()
  })

  test.each([
    'Лежит в C:\\new\\table и C:\\users',
    'Цена 93,50 ₽, это на 5 % дешевле',
    'Хватит $5 или $10',
    'Пн | Вт | Ср',
    'вариант [1] или [2]?',
    '[1] Молоко\n[2] Хлеб',
    '- молоко\n- хлеб\n1. сыр',
    'думаю (think), что подойдёт',
    'смайлик :) и |молния|',
    'a|b',
    'Сыр {мягкий}',
    '{"молоко": 90}',
    'Соотношение 1/2, 2 * 3',
    'Анализ цен: всё в порядке',
  ])('%j stays as it is', text => {
    expect(shown(text)).toBe(text)
  })

  test('beside a cart a table of prices is left to the bot', () => {
    expect(shown('Готово!\n\n| Товар | Цена |\n|---|---|\n| Молоко | 90 ₽ |\n| Хлеб | 60 ₽ |', true)).toBe('Готово!')
  })
})

describe('a call written as text', () => {
  const args = '{"q":"молоко"}'
  test.each([
    ['plain JSON', `{"name":"vkusvill_products_search","arguments":${args}}`],
    ['a fence', `\`\`\`json\n{"name":"vkusvill_products_search","arguments":${args}}\n\`\`\``],
    ['words around it', `Ищу молоко.\n{"name":"vkusvill_products_search","parameters":${args}}\nПодождите [секунду`],
    ['arguments encoded', `{"name":"vkusvill_products_search","arguments":${JSON.stringify(args)}}`],
    ['a wrapper', `{"function_call":{"name":"vkusvill_products_search","arguments":${args}}}`],
    [
      'a list of calls',
      `{"tool_calls":[{"type":"function","function":{"name":"vkusvill_products_search","arguments":${args}}}]}`,
    ],
    ['a tag', `<function_call>{"name":"vkusvill_products_search","arguments":${args}}</function_call>`],
    ['another tag', `<tool_call>\n{"name":"vkusvill_products_search","arguments":${args}}\n</tool_call>`],
    ['a tag with the name', `<function=vkusvill_products_search>${args}</function>`],
    ['tags of parameters', '<invoke name="vkusvill_products_search"><parameter name="q">молоко</parameter></invoke>'],
    ['a token', `[TOOL_CALLS] [{"name":"vkusvill_products_search","arguments":${args}}]`],
    ['code', 'vkusvill_products_search(q="молоко")'],
    ['code with an object', `functions.vkusvill_products_search(${args})`],
    ['a name and an object', `vkusvill_products_search\n${args}`],
    ['a protocol in words', `Thought: ищу\nAction: vkusvill_products_search\nAction Input: ${args}`],
    ['reasoning before it', `<think>ищу</think>{"name":"vkusvill_products_search","arguments":${args}}`],
  ])('in %s is executed and not shown', async (_, text) => {
    const { assistant, shop, requests } = setup({ script: [text, 'Вот молоко'] })

    const reply = await assistant.answer(question('молоко'))

    expect(shop.searches).toMatchObject([{ query: 'молоко' }])
    expect(reply).toMatchObject({ text: 'Вот молоко', error: null })
    expect(requests[1]?.messages.slice(-2)).toMatchObject([
      {
        role: 'assistant',
        content: '',
        function_call: { name: 'vkusvill_products_search', arguments: { q: 'молоко' } },
      },
      { role: 'function', name: 'vkusvill_products_search' },
    ])
  })

  test.each([
    ['a function that was not offered', '{"name":"web_search","arguments":{"q":"погода"}}'],
    ['a call that cannot be read', 'Сейчас: vkusvill_products_search'],
    ['reasoning alone', '<think>что же ответить'],
  ])('%s is asked again once and never shown', async (_, text) => {
    const { assistant, requests } = setup({ script: [text, 'Здравствуйте!'] })
    const stubborn = setup({ script: [text] })

    const replies = [await assistant.answer(question('привет')), await stubborn.assistant.answer(question('привет'))]

    expect(replies).toMatchObject([{ text: 'Здравствуйте!' }, { text: null }])
    expect([requests.length, stubborn.requests.length]).toEqual([2, 2])
  })
})

describe('a good answer with another bill', () => {
  test.each([
    ['null', null, [null, null, null]],
    ['absent', undefined, [null, null, null]],
    ['without a total', { prompt_tokens: 1, completion_tokens: 2, total_tokens: null }, [1, 2, null]],
    ['of digits in strings', { prompt_tokens: '1', completion_tokens: '2', total_tokens: '3' }, [1, 2, 3]],
    ['of fractions', { prompt_tokens: 1.5, completion_tokens: 2, total_tokens: 3.5 }, [null, 2, null]],
    ['below zero', { prompt_tokens: -1, completion_tokens: 2, total_tokens: -3 }, [null, 2, null]],
    ['of words', { prompt_tokens: 'one', completion_tokens: {}, total_tokens: true }, [null, null, null]],
    ['that is a list', [1, 2, 3], [null, null, null]],
    ['that is a word', 'free', [null, null, null]],
  ])('%s is shown', async (_, usage, tokens) => {
    const { client, server } = await setupClient([replyJson(200, answer({ usage }))])

    const got = await client.chat(request)

    expect(got.message.content).toBe(answer().choices[0]?.message.content)
    expect([got.usage.promptTokens, got.usage.completionTokens, got.usage.totalTokens]).toEqual(tokens)
    expect(chats(server)).toHaveLength(1)
  })
})

test('arguments are read as an object, as text, and as text in text', async () => {
  const args = { q: 'молоко' }
  for (const given of [args, JSON.stringify(args), JSON.stringify(JSON.stringify(args))]) {
    const message = { content: '', function_call: { name: 'find', arguments: given } }
    const { client } = await setupClient([
      replyJson(200, answer({ choices: [{ message, finish_reason: 'function_call' }] })),
    ])

    expect((await client.chat(request)).message.function_call?.arguments).toEqual(args)
  }
})

test('whatever the model writes around them: no tag of reasoning, no function name, no literal escape is shown', () => {
  const piece = fc.constantFrom(
    '<think>',
    '</think>',
    '<|im_end|>',
    '{"name":"vkusvill_products_search","arguments":{"q":"x"}}',
    '{"name":"recipe_ingredients',
    '```json',
    'get_previous_cart()',
    '\\n',
    '\\u043c',
    ' слово ',
    '\n',
    '【1†s】',
    '[',
    '{',
    '"',
    '|',
    '| а | б |\n|--|--|',
    '&lt;think&gt;',
    '\\(',
    '\\)',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
      expect(shown(pieces.join('')) ?? '').not.toMatch(
        /<\/?think|<\||vkusvill_products|recipe_ingredients|get_previous_cart|\\u043c|†/,
      )
    }),
    { numRuns: 1_000 },
  )
})
