import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseHtml } from '../sandbox/telegram/html-text.ts'
import { type Html, html, joinHtml } from './html.ts'
import { splitHtml } from './split-html.ts'

const words = fc.string({
  unit: fc.constantFrom('a', 'б', '<', '&', '"', ' ', '\n', '\n\n', '🥛', '👨‍👩‍👧'),
  maxLength: 60,
})
const styled = (inner: Html, style: number): Html =>
  [html`<b>${inner}</b>`, html`<i>${inner}</i>`, html`<a href="https://vkusvill.ru/">${inner}</a>`, inner][style] ??
  inner
const { node } = fc.letrec<{ node: Html }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small' },
    words.map(text => html`${text}`),
    fc
      .tuple(fc.array(tie('node'), { maxLength: 4 }), fc.nat({ max: 3 }))
      .map(([children, style]) => styled(joinHtml(children, ''), style)),
  ),
}))

test('parts of any markup are valid, within the limit, and together say the same', () => {
  fc.assert(
    fc.property(fc.array(node, { maxLength: 8 }), fc.integer({ min: 2, max: 50 }), (nodes, limit) => {
      const whole = joinHtml(nodes, '\n')

      const parts = splitHtml(whole, limit).map(part => parseHtml(part.source).text)

      expect(parts.join('')).toBe(parseHtml(whole.source).text)
      expect(parts.filter(part => part.length > limit)).toEqual([])
      expect(parts.filter(part => /\p{Surrogate}/u.test(part))).toEqual([])
    }),
  )
})

test('a styled text keeps its style in every part', () => {
  const parts = splitHtml(html`<b>${'x'.repeat(25)}</b>`, 10)

  expect(parts.map(part => part.source)).toEqual([
    `<b>${'x'.repeat(10)}</b>`,
    `<b>${'x'.repeat(10)}</b>`,
    `<b>${'x'.repeat(5)}</b>`,
  ])
})

test('a part ends at a paragraph rather than at a line, at a line rather than at a word', () => {
  const paragraph = splitHtml(html`${'aaa aaa\n\nbb\ncc dddddd'}`, 14)
  const line = splitHtml(html`${'aaa aaa\nbb cc dddddd'}`, 14)
  const word = splitHtml(html`${'aaaaaaa bb dddddd'}`, 15)

  expect(paragraph[0]?.source).toBe('aaa aaa\n\n')
  expect(line[0]?.source).toBe('aaa aaa\n')
  expect(word[0]?.source).toBe('aaaaaaa bb ')
})

test('a message of exactly 4096 characters is one, of 4097 two', () => {
  const fits = splitHtml(html`${'<'.repeat(4096)}`)
  const tooLong = splitHtml(html`${'<'.repeat(4097)}`)

  expect(fits).toHaveLength(1)
  expect(tooLong).toHaveLength(2)
})

const signs = (text: string) =>
  [...new Intl.Segmenter('ru', { granularity: 'grapheme' }).segment(text)].map(s => s.segment)

test.each([
  ['a family', '👨‍👩‍👧‍👦'],
  ['a flag', '🇷🇺'],
  ['a skin tone', '👍🏽'],
  ['a keycap', '1️⃣'],
  ['a letter with its marks', 'й̆'],
  ['a flag of tags', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  ['a syllable', 'क्षि'],
  ['an escaped sign', '&'],
])('a cut never goes through %s', (_what, sign) => {
  for (let offset = 0; offset < 16; offset += 1) {
    const whole = 'x'.repeat(offset) + sign.repeat(40)

    const parts = splitHtml(html`${whole}`, 32).map(part => parseHtml(part.source).text)

    expect(parts.flatMap(signs)).toEqual(signs(whole))
    expect(parts.filter(part => part.length > 32)).toEqual([])
  }
})

test('a space that carries a mark is no border of words', () => {
  const [first] = splitHtml(html`${'aaaaaaaaaaaa \u0308bbbbbbb'}`, 16)

  expect(signs(first?.source ?? '').at(-1)).not.toBe(' ')
})
