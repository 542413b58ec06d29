import { splitAmount } from './amounts.ts'
import type { Wish } from './intent.ts'
import { agree, type Noun, nounOf } from './lexicon.ts'

const separators = /[,;\n+•]|\.(?!\d)| и | да | плюс | а также | а еще | еще /
const filler =
  /^(?:мне|теперь|тогда|лучше|где|нам|нас|я|мы|пожалуйста|плиз|нужн[аоы]?|нужен|надо|хо(?:чу|тим|чется)|хотел\S*|бы|купи(?:ть|те)?|закаж\S*|заказ\S*|собери(?:те)?|собрать|составь|добав\S*|докинь|положи|найди\S*|подбери\S*|возьми|бери|дай(?:те)?|давай\S*|сделай\S*|можно|еще|тоже|также|как(?:ой|ую|ие|ое)-нибудь|люб(?:ой|ую|ое|ые)|немного|чуть-чуть|побольше|самы[йе]|самую|самое|корзин\S*|заказик|в|во|и|или|а|но|ну|из|на|с|со|для|к|ко|по|список|продукт\S*|покуп\S*|свеж\S*|хорош\S*|вкусн\S*|привет\S*|здравствуй\S*|добрый|день|вечер|утро|завтра|сегодня|вечером|утром|срочно|рецепт\S*|приготов\S*|готовить|ингредиент\S*|все|что|чтобы|же|только|просто|там|это|эту|этот|туда|мой|мою|моей|как(?:ой|ая|ие|ое)|у|завтрак\S*|обед\S*|ужин\S*|перекус\S*|полдник\S*)$/

/** Splits a list into things to buy, each as one would search for it. Parts that name nothing are dropped. */
export function wishesOf(text: string): Wish[] {
  return text
    .replace(/-\s/g, ' ')
    .split(separators)
    .flatMap(splitRun)
    .map(wishOf)
    .filter(wish => wish !== null)
}

/** «молоко хлеб сыр» without commas: three known nouns or more are three things. */
function splitRun(item: string): string[] {
  const words = item.trim().split(' ')
  const starts = words.flatMap((word, i) => (nounOf(word) === undefined ? [] : [i]))
  if (starts.length < 3 || /(?:^| )(?:с|со|без|для|из|на|в) /.test(item)) return [item]
  return starts.map((start, i) => words.slice(i === 0 ? 0 : start, starts[i + 1] ?? words.length).join(' '))
}

function wishOf(item: string): Wish | null {
  const { amount, rest } = splitAmount(item.trim())
  const words = rest.split(' ').filter(word => word !== '')
  const first = words.findIndex(word => !filler.test(word))
  if (first === -1) return null
  const query = toQuery(words.slice(first).filter((word, i) => i === 0 || !trailing.test(word)))
  return query.length < 2 ? null : { query, amount }
}

const trailing = /^(?:пожалуйста|плиз|мне|нам|еще|тоже|корзин\S*|побольше|немного|туда)$/

/** Words of one item in the nominative: head noun, adjectives agreeing with it, the rest as written. */
function toQuery(words: readonly string[]): string {
  const at = words.findIndex(word => nounOf(word) !== undefined)
  const head = words[at] === undefined ? undefined : nounOf(words[at])
  if (head === undefined) return words.join(' ')
  const end = words.findIndex((word, i) => i > at && /^(?:с|со|без|для|из|на|в|к|по)$/.test(word))
  return words
    .map((word, i) => (i === at ? head.nominative : end !== -1 && i >= end ? word : second(word, head)))
    .join(' ')
}

/** «филе курицы» keeps its second noun; an adjective agrees with the head. */
const second = (word: string, head: Noun) => (nounOf(word) === undefined ? agree(word, head) : word)

/** The head noun of some words, when it is a known food. */
export function headNoun(text: string): string | null {
  for (const word of text.split(/[^a-zа-я0-9-]+/)) {
    const noun = nounOf(word)
    if (noun !== undefined) return noun.nominative
  }
  return null
}

/** Whether any word is a known food. */
export const namesFood = (text: string) => headNoun(text) !== null
