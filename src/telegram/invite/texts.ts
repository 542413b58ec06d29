import { type Html, html } from '../html.ts'
import { cartsToGet } from '../wording.ts'

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
Осталось корзин: ${v.left}.`,
  share: 'Поделиться ссылкой',
  /** What the friend reads beside the link. */
  sharedText: 'Собирает корзину во ВкусВилле по сообщению: «борщ на четверых».',
}
