import { count, rub } from '../../analytics/show.ts'
import { type Html, html } from '../html.ts'
import { counted } from '../wording.ts'

const example = html`<code>/admin_link Хабр, статья 26 ноября 15 000 ₽</code>`

const visitors = (n: number): string => counted(n, ['человек', 'человека', 'человек'])
const starts = (n: number): string => counted(n, ['запуск', 'запуска', 'запусков'])

export const texts = {
  noName: html`Назовите место, где появится ссылка, и, если знаете, сколько оно стоило: ${example}`,
  longName: html`Название длиннее 100 знаков. Короче, например: ${example}`,
  badPrice: html`Сумма не прочиталась. Напишите её целым числом рублей в конце: ${example}`,
  badSlug: html`После «=» нужно то, что стоит в ссылке после start=: латинские буквы, цифры, _ и -, не больше 64 и не ref_… Пример: <code>/admin_link Подкаст = podcast-26</code>`,
  taken: (slug: string, name: string) =>
    html`Ссылка <code>${slug}</code> уже есть, это «${name}». Её числа: /admin_links`,
  otherSlug: (slug: string, name: string) =>
    html`У «${name}» уже есть ссылка <code>${slug}</code>. Другую сделайте под другим названием.`,
  state: {
    made: html`Ссылка готова.`,
    same: html`Такая ссылка уже есть, вот она.`,
    priced: html`Стоимость записана.`,
  },
  price: (price: number | null) => html`Стоимость: ${price === null ? 'не указана' : rub(price)}`,
  addPrice: (name: string) => html`Указать стоимость: <code>/admin_link ${name} 15 000 ₽</code>`,
  numberIsName: html`Число в конце вошло в название. Если это стоимость, поставьте после неё знак ₽.`,
  isSource: (slug: string) =>
    html`Это ссылка источника ${slug}: люди по ней, как и прежде, считаются и в /admin_sources.`,
  past: (users: number, allStarts: number) =>
    html`По ней уже приходили: ${starts(allStarts)}, новых людей ${count(users)}. Они учтены.`,
  numbers: html`Что принесли ссылки: /admin_links`,
  qr: 'Код со ссылкой: для печати, слайда или поста',
  noLinks: html`Ссылок пока нет. Первая: ${example}`,
  idle: (names: string) => `Без запусков в эти дни: ${names}`,
  unclaimedTitle: html`<b>Ссылки, которых бот не знает</b>`,
  unclaimed: (slug: string, users: number, allStarts: number): Html =>
    html`<code>${slug}</code>: ${visitors(users)}, ${starts(allStarts)}. Взять вместе с прошлым: <code>/admin_link Название = ${slug}</code>`,
  unclaimedNote: html`<i>Только те, по которым пришли хотя бы три человека.</i>`,
  notes: html`<i>Люди считаются по первому в жизни /start, запуски – все. Цена первой корзины, GMV на рубль затрат (стоимость и модель) и окупаемость – за всё время ссылки. GMV – оценка.</i>`,
}
