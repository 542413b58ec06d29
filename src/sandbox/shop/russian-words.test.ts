import { expect, test } from 'vitest'
import { meaningfulWords, stemOf, wordsOf } from './russian-words.ts'

const stem = (word: string) => wordsOf(word).map(stemOf).join(' ')

test.each([
  ['яйцо яйца яиц яйцами'],
  ['молоко молока молоком'],
  ['сыр сыра сыром сыры'],
  ['помидор помидоры помидоров'],
  ['огурец огурцы огурцов'],
  ['перец перца перцы'],
  ['сосиска сосиски сосисок'],
  ['сливки сливок'],
  ['морковь моркови'],
  ['свёкла свекла свёклы свеклу'],
  ['йогурт йогурты йогуртов'],
  ['печенье печенья'],
  ['куриный куриная куриное куриных'],
  ['масло масла масел'],
])('%s share one stem', forms => {
  const stems = new Set(forms.split(' ').map(stem))

  expect(stems.size).toBe(1)
})

test.each([
  ['печень', 'печенье'],
  ['сок', 'соки морковные'],
  ['ром', 'рома шка'],
  ['рис', 'ирис'],
])('«%s» and «%s» are different words', (one, other) => {
  expect(stem(one)).not.toBe(stem(other))
})

test('connecting words do not take part in a search, numbers do', () => {
  expect(meaningfulWords('Молоко 3,2% без лактозы и с какао')).toEqual(['молоко', '3,2', 'лактозы', 'какао'])
})
