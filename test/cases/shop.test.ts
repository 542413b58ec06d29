import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { parseProduct } from '../../src/shop/product-parser.ts'
import { looksIrrelevant } from '../../src/shop/relevance.ts'
import {
  type Scripts,
  sayInitialized,
  sayJson,
  sayResult,
  startScriptedServer,
} from '../../src/shop/testing/scripted-server.ts'
import { setupShop } from '../../src/shop/testing/shop-setup.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function shopThatSays(scripts: Scripts) {
  const server = await startScriptedServer(scripts)
  const ours = setupShop(server.url, { retries: { count: 0, pauseMs: 1, budgetMs: 0 } })
  closers.push(server.close, ours.shop.close)
  return { server, ...ours }
}

const milk = { id: 173, xml_id: 173, name: 'Молоко 3,2%', price: { current: 93, currency: 'RUB' }, unit: 'шт' }
const page = JSON.stringify({ ok: true, data: { meta: { total: 1 }, items: [milk] } })
const found = { total: 1, products: [{ xmlId: 173, name: 'Молоко 3,2%', price: { currentMinor: 9300 } }] }
const text = (content: string) => ({ type: 'text', text: content })

describe('a server that lost its session', () => {
  test.each([
    { jsonrpc: '2.0', id: '<id>', error: { code: -32002, message: 'Server not initialized' } },
    { jsonrpc: '2.0', id: '<id>', error: { code: -32001, message: 'Session not found' } },
    { jsonrpc: '2.0', id: '<id>', error: { code: -32005, message: 'Session expired' } },
    { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid Request' } },
    { jsonrpc: '2.0', error: { code: -32000, message: 'Bad Request: Mcp-Session-Id header is required' } },
  ])('answers 200 with $error.code and is asked again in a new session', async body => {
    let sessions = 0
    const { server, shop } = await shopThatSays({
      initialize: x => {
        sessions += 1
        sayInitialized(x, { 'mcp-session-id': `s-${sessions}` })
      },
      call: x => {
        if (x.headers['mcp-session-id'] === `s-${sessions}` && sessions > 1)
          return sayResult({ content: [text(page)] })(x)
        return sayJson(x.res, { ...body, ...(body.id === '<id>' && { id: x.id }) })
      },
    })

    await expect(shop.search('молоко')).resolves.toMatchObject(found)

    expect(server.methods().filter(method => method === 'initialize')).toHaveLength(2)
  })
})

describe('an answer in several parts', () => {
  const bom = '\uFEFF'
  test.each([
    ['JSON and a note', { content: [text(page), text('Цены указаны без учёта скидок.')] }],
    ['a note and JSON', { content: [text('Результаты поиска:'), text(page)] }],
    [
      'parts for the user and for the model',
      {
        content: [
          { ...text('Нашлось: 1'), annotations: { audience: ['user'] } },
          { ...text(page), annotations: { audience: ['assistant'] } },
        ],
      },
    ],
    [
      'a resource',
      { content: [{ type: 'resource', resource: { uri: 'x', mimeType: 'application/json', text: page } }] },
    ],
    [
      'a resource in base64',
      { content: [{ type: 'resource', resource: { uri: 'x', blob: Buffer.from(page).toString('base64') } }] },
    ],
    ['a note that is JSON itself', { content: [text('{"note":"ok"}'), text(page)] }],
    ['JSON within a note', { content: [text(`Вот что нашлось («молоко» 1"): ${page}\nПриятных покупок!`)] }],
    ['a fence', { content: [text(`\`\`\`json\n${page}\n\`\`\``)] }],
    ['a byte order mark', { content: [text(bom + page)] }],
    ['JSON in a JSON string', { content: [text(JSON.stringify(page))] }],
    [
      'data in a JSON string',
      { content: [text(JSON.stringify({ ok: true, data: JSON.stringify({ items: [milk] }) }))] },
    ],
    ['the structured part', { content: [text('см. данные')], structuredContent: JSON.parse(page) }],
    ['a wrapper in the structured part', { content: [], structuredContent: { result: page } }],
    ['parts of one JSON', { content: [text(page.slice(0, 40)), text(page.slice(40))] }],
    ['an image besides', { content: [{ type: 'image', data: 'AA==', mimeType: 'image/png' }, text(page), null] }],
  ])('%s is read', async (_, result) => {
    const { shop } = await shopThatSays({ call: sayResult(result) })

    await expect(shop.search('молоко')).resolves.toMatchObject(found)
  })

  test.each([
    ['encoded twice', 'application/json', (answer: string) => JSON.stringify(answer)],
    ['behind a byte order mark', 'application/json', (answer: string) => bom + answer],
    ['as a stream that says it is JSON', 'application/json', (answer: string) => `data: ${answer}\n\n`],
    ['as JSON that says it is a stream', 'text/event-stream', (answer: string) => answer],
    ['as a stream behind a byte order mark', 'text/event-stream', (answer: string) => `${bom}data: ${answer}\n\n`],
    ['without a type', '', (answer: string) => answer],
  ])('a body %s is read', async (_, type, encode) => {
    const { shop } = await shopThatSays({
      call: ({ id, res }) => {
        const body = encode(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [text(page)] } }))
        res.writeHead(200, type === '' ? {} : { 'content-type': type }).end(body)
      },
    })

    await expect(shop.search('молоко')).resolves.toMatchObject(found)
  })
})

describe('units and prices', () => {
  const product = (over: object) => parseProduct({ ...milk, ...over })

  test.each(['1 кг', 'за 1 кг', 'kg', 'КГ.', 'килограмм'])('what is sold by %j is sold by any fraction', unit => {
    expect(product({ unit })?.unit).toBe('кг')
  })

  test('a weight in words is read', () => {
    expect(product({ weight: { value: 500, unit: 'грамм' } })?.weightGrams).toBe(500)
  })

  const space = fc.constantFrom(' ', '\u00a0', '\u202f', '\u2009', '&nbsp;')
  const grouped = (roubles: number, by: string) => String(roubles).replace(/\B(?=(\d{3})+$)/g, by)
  /** One price in one of the spellings of the shops. */
  const spelling = fc
    .record({
      roubles: fc.integer({ min: 1, max: 999_999 }),
      kopecks: fc.integer({ min: 0, max: 99 }),
      group: fc.oneof(space, fc.constant('')),
      gap: fc.oneof(space, fc.constant('')),
      mark: fc.constantFrom(',', '.'),
      currency: fc.constantFrom('', '₽', 'руб', 'руб.', 'р.', 'RUB', 'рублей', 'Р'),
      form: fc.constantFrom('decimal', 'short', 'words', 'kopecks'),
    })
    .map(({ roubles, kopecks, group, gap, mark, currency, form }) => {
      const whole = grouped(roubles, group)
      const two = String(kopecks).padStart(2, '0')
      const named = currency || '₽'
      const texts = {
        decimal: `${whole}${mark}${two}${gap}${currency}`,
        short: kopecks === 0 ? `${whole}${gap}${currency}` : `${whole}${mark}${two.replace(/0$/, '')}${gap}${currency}`,
        words: `${whole}${gap}${named}${gap}${two}${gap}коп.`,
        kopecks: `${roubles * 100 + kopecks}${gap}коп`,
      }
      return { text: texts[form], minor: roubles * 100 + kopecks }
    })

  test('a price in any spelling is that price', () => {
    fc.assert(
      fc.property(spelling, ({ text: current, minor }) => {
        expect(product({ price: { current, currency: 'RUB' } })?.price?.currentMinor).toBe(minor)
      }),
    )
  })

  test('what is no clear price is unknown: no digit is dropped, nothing becomes 0', () => {
    const noise = fc.array(fc.constantFrom('9', '3', '0', '5', ' ', ',', '.', '-', '₽', 'коп', 'кг', '/', '⁵', 'от '), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(noise, parts => {
        const current = parts.join('')
        const minor = product({ price: { current, currency: 'RUB' } })?.price?.currentMinor
        if (minor === undefined) return
        expect(minor).toBeGreaterThan(0)
        const nonzero = (text: string) => text.replace(/[^1-9]/g, '')
        expect(nonzero(String(minor))).toBe(nonzero(current))
      }),
      { numRuns: 2_000 },
    )
  })

  test('text is compared in one form of its letters', () => {
    const name = 'Йогурт питьевой'.normalize('NFD')

    expect(product({ name })?.name).toBe('Йогурт питьевой')
    expect(looksIrrelevant('йогурт'.normalize('NFD'), ['Йогурт питьевой'])).toBe(false)
  })
})
