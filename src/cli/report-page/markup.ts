import type { Cells } from '../report-tables.ts'

/** Text of HTML, every value in it escaped. */
export interface Markup {
  html: string
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeText = (text: string): string => text.replace(/[&<>"']/g, sign => escapes[sign] ?? sign)

type Value = string | number | Markup | readonly Markup[]

const written = (value: Value): string => {
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  return 'html' in value ? value.html : value.map(({ html }) => html).join('\n')
}

/** A template whose values are escaped unless they are markup themselves. */
export const markup = (strings: TemplateStringsArray, ...values: Value[]): Markup => ({
  html: strings.reduce((text, part, i) => `${text}${written(values[i - 1] ?? '')}${part}`),
})

/** Markup made elsewhere, such as a chart. */
export const trusted = (html: string): Markup => ({ html })

export const table = ({ head, rows }: Cells): Markup =>
  rows.length === 0
    ? markup`<p class="quiet">Пока ничего.</p>`
    : markup`<div class="scroll"><table>
<thead><tr>${head.map(name => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(([first = '', ...rest]) => markup`<tr><th scope="row">${first}</th>${rest.map(cell => markup`<td>${cell}</td>`)}</tr>`)}</tbody>
</table></div>`

export const notes = (lines: readonly string[]): Markup =>
  markup`${lines.map(line => markup`<p class="quiet">${line}</p>`)}`
