import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHtml } from './html-text.ts'

describe('what Telegram accepts', () => {
  test.each([
    ['<b>a</b><strong>b</strong>', 'ab', ['bold 0+1', 'bold 1+1']],
    ['<i>a</i><em>b</em><u>c</u><ins>d</ins>', 'abcd', ['italic 0+1', 'italic 1+1', 'underline 2+1', 'underline 3+1']],
    ['<s>a</s><strike>b</strike><del>c</del>', 'abc', ['strikethrough 0+1', 'strikethrough 1+1', 'strikethrough 2+1']],
    ['<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>', 'ab', ['spoiler 0+1', 'spoiler 1+1']],
    ['<code>a</code>', 'a', ['code 0+1']],
    ['<blockquote>a</blockquote>', 'a', ['blockquote 0+1']],
    ['<blockquote expandable>a</blockquote>', 'a', ['expandable_blockquote 0+1']],
    ['<B>a</b>', 'a', ['bold 0+1']],
    ['<b>жирный <i>оба</i></b>', 'жирный оба', ['bold 0+10', 'italic 7+3']],
    ['😀<b>x</b>', '😀x', ['bold 2+1']],
    ['<b></b>пусто', 'пусто', []],
    ['<a href="javascript:alert(1)">x</a>', 'x', []],
    ['<a href="ftp://vkusvill.ru/">x</a>', 'x', []],
  ])('%s', (html, text, entities) => {
    const parsed = parseHtml(html)

    expect(parsed.text).toBe(text)
    expect(parsed.entities.map(e => `${e.type} ${e.offset}+${e.length}`)).toEqual(entities)
  })

  test('a link keeps its address, with references in it read', () => {
    const { entities } = parseHtml('<a href="https://vkusvill.ru/?a=1&amp;b=2">корзина</a>')

    expect(entities).toEqual([{ type: 'text_link', offset: 0, length: 7, url: 'https://vkusvill.ru/?a=1&b=2' }])
  })

  test('a code block with a language is one entity', () => {
    const { entities } = parseHtml('<pre><code class="language-sql">select 1</code></pre>')

    expect(entities).toEqual([{ type: 'pre', offset: 0, length: 8, language: 'sql' }])
  })

  test('only four names and the numbers are read as character references', () => {
    expect(parseHtml('&lt;&gt;&amp;&quot;&#33;&#x2116;&nbsp;&laquo; AT&T').text).toBe('<>&"!№&nbsp;&laquo; AT&T')
    expect(parseHtml('&#0; &#xD800; &#x10FFFF;').text).toBe('&#0; &#xD800; &#x10FFFF;')
  })
})

describe('what Telegram refuses', () => {
  test.each([
    ['a <x>b</x>', 'Unsupported start tag "x" at byte offset 2'],
    ['я <br/>', 'Unsupported start tag "br/" at byte offset 3'],
    ['1 <', 'Unclosed start tag at byte offset 2'],
    ['1 < 2 > 0', 'Unsupported start tag "" at byte offset 2'],
    ['<b>a', 'Can\'t find end tag corresponding to start tag "b"'],
    ['a</b>', 'Unexpected end tag at byte offset 1'],
    ['<b><i>a</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['<b>a</b', 'Unclosed end tag at byte offset 4'],
    ['<span>a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['<a href=ж>a</a>', 'Unexpected end of name token at byte offset 8'],
    ['<a ="x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'],
    ['<a href="x', 'Unclosed start tag at byte offset 0'],
    ['<tg-emoji emoji-id="0">a</tg-emoji>', 'Invalid custom emoji identifier specified'],
  ])('%s', (html, problem) => {
    expect(() => parseHtml(html)).toThrow(`Bad Request: can't parse entities: ${problem}`)
  })
})

test('escaped text comes back as it was, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), source => {
      const escaped = source.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

      expect(parseHtml(`<b>${escaped}</b>`).text).toBe(source)
    }),
  )
})

test('any input is either read or refused as a bad request', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '/',
    'b',
    'a',
    ' ',
    '=',
    '"',
    '&',
    'lt;',
    '#',
    'href',
    'ж',
    '😀',
    '<b>',
    '</b>',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
      const source = pieces.join('')
      let refusal = ''
      try {
        parseHtml(source)
      } catch (err) {
        refusal = String(err)
      }

      expect(refusal).toMatch(/^$|^BotApiRefusal: Bad Request: can't parse entities: /)
    }),
    { numRuns: 2000 },
  )
})
