import { type Html, html } from '../html.ts'
import { carts, cartsToGet } from '../wording.ts'

export const texts = {
  unknown: html`Мы ещё не знакомы. Нажмите /start, и я дам вам ссылку для друзей.`,
  invitation: (v: {
    link: string
    invited: number
    paid: number
    bonus: number
    left: number
  }): Html => html`<b>Пригласите друга</b>

Ваша ссылка:
${v.link}

Когда друг соберёт первую корзину, вы получите ещё ${cartsToGet(v.bonus)}.

По ссылке пришли: ${v.invited}, из них собрали корзину: ${v.paid}.
У вас сейчас: ${carts(v.left)}.`,
  share: 'Поделиться ссылкой',
}
