import { byId, el } from './dom.js'
import { request } from './sandbox-api.js'

const roubles = new Intl.NumberFormat('ru', { style: 'currency', currency: 'RUB', minimumFractionDigits: 0 })
const amount = new Intl.NumberFormat('ru', { maximumFractionDigits: 3 })

const lineElement = ({ name, q, unit, price, sum, note }) =>
  el(
    'li',
    {},
    el('span', { class: 'name' }, name),
    el('span', { class: 'price' }, sum === null ? 'цена неизвестна' : roubles.format(sum)),
    el(
      'span',
      { class: 'amount' },
      [`${amount.format(q)} ${unit}`, price === null || q === 1 ? null : `по ${roubles.format(price)}`, note]
        .filter(part => part !== null)
        .join(' · '),
    ),
  )

async function show() {
  const number = location.hash.slice(1)
  const note = byId('note')
  try {
    const { lines, total } = await request(`baskets/${encodeURIComponent(number)}`)
    byId('lines').replaceChildren(...lines.map(lineElement))
    byId('lines').hidden = false
    byId('total').textContent = `Итого ${roubles.format(total)}`
    byId('total').hidden = false
    note.textContent = `№ ${number}`
  } catch {
    note.replaceChildren(
      'Магазин этой песочницы такой корзины не собирал. ',
      el(
        'a',
        { href: `https://vkusvill.ru/?share_basket=${encodeURIComponent(number)}`, rel: 'noopener noreferrer' },
        'Открыть на сайте ВкусВилла',
      ),
    )
  }
}

window.addEventListener('hashchange', show)
await show()
