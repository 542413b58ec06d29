import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseHtml } from '../sandbox/telegram/html-text.ts'
import { html, joinHtml, plainText } from './html.ts'

test('whatever is put into the template comes out as text, never as markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), value => {
      const made = html`<b>${value}</b>`

      const shown = value.replace(/\p{Surrogate}/gu, '\uFFFD')
      expect(parseHtml(made.source).text).toBe(shown)
      expect(plainText(made)).toBe(shown)
    }),
  )
})

test('what looks like an entity is shown as it was written', () => {
  const made = html`${'&lt;b&gt; &amp; &nbsp;'}`

  expect(parseHtml(made.source).text).toBe('&lt;b&gt; &amp; &nbsp;')
})

test('markup put into markup stays markup', () => {
  const made = joinHtml([html`<b>${'a<b'}</b>`, html`${html`<i>${1}</i>`}`], '\n')

  expect(made.source).toBe('<b>a&lt;b</b>\n<i>1</i>')
})

test('half a surrogate pair becomes the replacement character, because Telegram refuses anything but UTF-8', () => {
  const made = html`${'x\uD83D'}`

  expect(made.source).toBe('x\uFFFD')
})
