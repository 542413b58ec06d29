import type { CartNews } from './cart-news.ts'
import type { Task } from './intent.ts'
import { isEnglish, sayCartInEnglish, sayInEnglish } from './phrases-english.ts'
import type { Counted } from './tool-results.ts'
import { vary } from './words.ts'

type Unclear = Extract<Task, { kind: 'unclear' }>['why']
type Refusal = Extract<Task, { kind: 'refuse' }>['why']
type Variants = readonly [string, ...string[]]

const unclear: Record<Unclear, Variants> = {
  greeting: [
    'Здравствуйте! Что соберём сегодня: завтрак, ужин или продукты для какого-нибудь блюда?',
    'Привет! Напишите список продуктов или блюдо – и на сколько человек, а я соберу корзину.',
  ],
  thanks: [
    'Пожалуйста! Если захочется что-то добавить или собрать новую корзину – напишите.',
    'Рады помочь! Приятного аппетита. Понадобится что-то ещё – я здесь.',
  ],
  able: [
    'Я собираю корзины во ВкусВилле: по списку («молоко, хлеб, сыр»), по блюду («борщ на четверых») или под бюджет («ужин до 1000 ₽»). Могу посчитать КБЖУ и запомнить ваши предпочтения. С чего начнём?',
    'Напишите, что хочется съесть: список продуктов, блюдо на компанию или просто «ужин на двоих». Подберу товары и соберу корзину. Что соберём?',
  ],
  vague: [
    'С радостью подскажу! Это будет завтрак, ужин или перекус – и на сколько человек?',
    'Давайте выберем вместе: хочется чего-то сытного, лёгкого или сладкого? И на сколько человек?',
    'Чтобы попасть в точку, подскажите: что за приём пищи, на сколько человек и есть ли бюджет?',
  ],
  yes: [
    'Хорошо! Напишите, что именно собрать: список продуктов, блюдо или, например, ужин на двоих.',
    'Отлично. Что положить в корзину и на сколько человек?',
  ],
  no: ['Хорошо, оставим так. Понадобятся продукты – напишите.', 'Понял. Если захочется что-то собрать – я здесь.'],
  rude: [
    'Похоже, я вас расстроил. Напишите, что не так с корзиной, и я попробую исправить.',
    'Жаль, что не угодил. Скажите, какие продукты нужны, – подберу заново.',
  ],
}

const refusals: Record<Refusal, Variants> = {
  role: [
    'С этим я не помогу – я разбираюсь только в продуктах и рецептах. Зато могу собрать ужин или перекус. Что выберем?',
    'Это не по моей части: я помощник по покупкам во ВкусВилле. Хотите, соберу корзину на завтра?',
  ],
  instructions: [
    'О своём устройстве я не рассказываю, а вот с продуктами помогу. Что собрать в корзину?',
    'Давайте лучше о еде: напишите список продуктов или блюдо, и я соберу корзину.',
  ],
  order: [
    'Заказ, доставка, оплата и возврат – в приложении ВкусВилла: я собираю только корзину. Собрать?',
    'С заказом, доставкой и промокодами поможет приложение ВкусВилла, у меня к ним доступа нет. А корзину собрать могу.',
  ],
  advice: [
    'С вопросами о здоровье лучше обратиться к врачу. А я могу подобрать продукты – скажите, что нужно.',
    'Медицинских советов я не даю. Но с удовольствием соберу подходящую корзину – что в неё положить?',
  ],
}

export const sayUnclear = (why: Unclear, seed: string) =>
  isEnglish(seed) ? sayInEnglish(why) : vary(seed, unclear[why])
export const sayRefusal = (why: Refusal, seed: string) =>
  isEnglish(seed) ? sayInEnglish(why) : vary(seed, refusals[why])

/** What the last cart holds. */
export const sayLastCart = (lines: readonly string[]) =>
  `В последней корзине:\n${lines.map(line => `• ${line}`).join('\n')}\nЧто-нибудь изменить?`

export const sayAllowance = (left: number) =>
  left === 0 ? 'Бесплатных корзин не осталось.' : `Осталось корзин: ${left}.`
export const sayAllowanceUnknown = 'Сколько корзин осталось, покажет команда /me.'

export const askForm = (dish: string, seed: string) =>
  vary(seed, [
    `${capital(dish)} – отличный выбор! Взять готовое блюдо или ингредиенты, чтобы приготовить самим? И на сколько человек?`,
    `Уточню про «${dish}»: вам готовое или ингредиенты для приготовления?`,
  ])

export const sayRemembered = (seed: string) =>
  vary(seed, [
    'Принято, буду учитывать при подборе. Что соберём?',
    'Готово, учту это в следующих корзинах. Собрать что-нибудь сейчас?',
  ])

export const sayDeleted = 'Готово, больше не буду это учитывать.'
export const sayNothingRemembered = 'Пока ничего не записано. Напишите, например: «запомни: молоко без лактозы».'
export const sayPreferences = (list: readonly string[]) =>
  `Вот что записано:\n${list.map(line => `• ${line}`).join('\n')}`
export const sayPreferencesUnavailable =
  'Сейчас не получается обратиться к вашим предпочтениям. Попробуйте, пожалуйста, чуть позже.'

export function sayCart(news: CartNews): string {
  if (isEnglish(news.intent.text)) return sayCartInEnglish(news)
  const { intent, dish, servings } = news
  const remarks = [
    news.noPrevious ? 'Прошлой корзины не нашлось, поэтому эта – новая.' : '',
    news.notThere.length > 0 ? `Этого в корзине и не было: ${news.notThere.join(', ')}.` : '',
    news.missing.length > 0
      ? `Не нашлось: ${news.missing.join(', ')}. Могу поискать замену – скажите, что подойдёт.`
      : '',
    news.forbidden.length > 0 ? `Из-за ваших ограничений не положил: ${news.forbidden.join(', ')}.` : '',
    news.replaced.length > 0
      ? `Из-за ваших ограничений заменил: ${news.replaced.map(({ wish, by }) => `${wish} → ${by}`).join(', ')}.`
      : '',
    news.beyond.length > 0 ? `Больше 20 товаров в корзину не помещается, не вошли: ${news.beyond.join(', ')}.` : '',
    news.softened.length > 0
      ? `Точного совпадения для «${news.softened.join('», «')}» нет – в корзине самое близкое, проверьте, подойдёт ли.`
      : '',
    intent.budgetRub !== null ? `Бюджет ${intent.budgetRub} ₽ учтён.` : '',
    news.nutrition === null ? '' : sayNutrients(news.nutrition, news.nutrition.of),
    news.nutrition === null || intent.kcal === null ? '' : compareEnergy(news.nutrition, intent.kcal),
    news.nutritionLater ? 'КБЖУ посчитаю следующим сообщением – напишите «посчитай КБЖУ корзины».' : '',
  ]
  return [cartIntro(), ...remarks.filter(remark => remark !== '')].join('\n')

  function cartIntro(): string {
    if (news.change === 'removed') return news.notThere.length === 0 ? 'Готово, лишнее убрано.' : 'Вот что получилось.'
    if (news.change === 'repeated') return intent.cheap ? 'Собрал то же подешевле.' : 'Вот та же корзина ещё раз.'
    if (news.change === 'added') {
      return vary(intent.text, ['Корзина обновлена – прежнее и новое вместе.', 'Готово, корзина обновлена.'])
    }
    if (dish !== null) {
      return vary(intent.text, [
        `Продукты для блюда «${dish}» на ${servings} ${portions(servings)} собраны.`,
        `Всё для блюда «${dish}» в корзине – рассчитано на ${servings} ${portions(servings)}. Приятной готовки!`,
      ])
    }
    if (intent.budgetRub !== null || intent.cheap) {
      return vary(intent.text, ['Готово, вот выгодный вариант.', 'Корзина собрана из того, что подешевле.'])
    }
    return vary(intent.text, [
      'Готово, вот ваша корзина!',
      'Всё собрано – посмотрите, по вкусу ли.',
      'Корзина готова. Если что-то заменить или добавить – напишите.',
    ])
  }
}

/** A wish for kilocalories is answered with what the cart has: nothing else is known. */
function compareEnergy({ total: { kcal } }: Counted, wanted: number): string {
  if (kcal === null) return ''
  const share = kcal / wanted
  if (share > 0.85 && share < 1.15) return `Это близко к вашим ${wanted} ккал.`
  return share > 1
    ? `Вы просили ${wanted} ккал: это больше. Убрать что-нибудь или съесть за несколько раз?`
    : `Вы просили ${wanted} ккал: это меньше. Добавить что-нибудь?`
}

const portions = (n: number) =>
  n % 10 === 1 && n % 100 !== 11
    ? 'порцию'
    : n % 10 > 1 && n % 10 < 5 && (n % 100 < 10 || n % 100 > 20)
      ? 'порции'
      : 'порций'

const round = (n: number | null) => (n === null ? '—' : String(Math.round(n)))

const nutrientsOf = { cart: 'На всю корзину примерно', serving: 'На порцию примерно', named: 'Примерно' }

export function sayNutrients({ total, missing }: Counted, of: keyof typeof nutrientsOf): string {
  const { kcal, protein, fat, carbs } = total
  const begin = nutrientsOf[of]
  const left = missing.length === 0 ? '' : ` Без данных остались: ${missing.join(', ')}.`
  return `${begin} ${round(kcal)} ккал: белки ${round(protein)} г, жиры ${round(fat)} г, углеводы ${round(carbs)} г.${left}`
}

export const sayNutritionUnknown =
  'Для этих продуктов данных о КБЖУ не нашлось. Назовите продукт и вес – посчитаю по ним.'
export const askNutrition = 'Для чего посчитать КБЖУ? Напишите продукты и вес, например: «творог 200 г и банан».'

export const sayForbidden = (wishes: readonly string[]) =>
  `Подходящего к вашим ограничениям не нашлось, поэтому корзину не собрал: ${wishes.join(', ')}. Поискать что-нибудь другое?`

export const sayNothingFound = (wishes: readonly string[]) =>
  `К сожалению, ничего подходящего не нашлось: ${wishes.join(', ')}. Попробуем по-другому – назовите похожий продукт?`

export const sayUnknownDish = (dish: string) =>
  `Рецепта «${dish}» у меня нет. Пришлите список ингредиентов через запятую – соберу корзину по нему.`

export const sayRecipeFailed =
  'Не получилось узнать состав блюда. Пришлите список ингредиентов – соберу корзину по нему.'
export const saySearchUnavailable =
  'Поиск по товарам сейчас не отвечает, поэтому корзину собрать не получилось. Попробуйте чуть позже.'
export const sayBusy =
  'Магазин сейчас просит не торопиться с запросами. Попробуйте, пожалуйста, через минуту – всё соберу.'
export const sayCartFailed =
  'Товары нашлись, но создать корзину не получилось. Попробуйте, пожалуйста, ещё раз чуть позже.'
export const sayUnfinished = 'Собрать корзину до конца не получилось. Напишите ещё раз, можно списком покороче.'
export const sayEmptied = 'После этого в корзине ничего не осталось. Что положить вместо?'
export const sayNoPrevious = 'Прошлой корзины не нашлось. Напишите, что собрать, – сделаю новую.'

/** Carts are used up: `ways` are those still open to the user, all known ones when null. */
export function sayLimit(ways: readonly string[] | null, seed: string): string {
  const open = ways ?? ['пройти короткий опрос: /survey', 'пригласить друга: /invite']
  const begin = vary(seed, [
    'Ваши корзины на сейчас закончились – здорово, что они пригодились!',
    'Бесплатные корзины пока израсходованы, но это поправимо.',
  ])
  return open.length === 0 ? begin : `${begin} Чтобы получить ещё, можно ${open.join(' или ')}.`
}

export const sayOverBudget = (budgetRub: number, minimumRub: number | null) =>
  minimumRub === null
    ? `Уложиться в ${budgetRub} ₽ не получается даже с самыми недорогими товарами. Убрать что-нибудь или поднять бюджет?`
    : `Уложиться в ${budgetRub} ₽ не получается: самый недорогой вариант – около ${Math.ceil(minimumRub)} ₽. Убрать что-нибудь или поднять бюджет?`

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

export const sayPrices = (lines: readonly string[]) =>
  `Вот что есть:\n${lines.map(line => `• ${line}`).join('\n')}\nПоложить что-нибудь в корзину?`

export const sayCard = (name: string, properties: Readonly<Record<string, string>>) => {
  const lines = Object.entries(properties).map(([property, value]) => `${property}: ${value}`)
  return lines.length === 0 ? `В карточке «${name}» об этом ничего нет.` : [name, ...lines].join('\n')
}
