import { expect, test } from 'vitest'
import { createProductCheck } from './check-product.ts'
import { foods, needs } from './testing/foods.ts'

const cardOf = (composition: string | null) => ({ properties: composition === null ? {} : { Состав: composition } })
const shares = (some: string, others: string) => [...some].some(letter => others.includes(letter))

test.each(needs)('$kind $values lets no food pass that holds it, and refuses no other', ({ kind, values, without }) => {
  const wrong = values.flatMap(value => {
    const check = createProductCheck([{ kind, value }])
    return foods.flatMap(({ name, composition, holds, maybe }) => {
      const { verdict } = check.check(name, cardOf(composition))
      if (shares(holds, without)) return verdict === 'conflict' ? [] : [`${value}: «${name}» is ${verdict}`]
      if (shares(maybe, without))
        return verdict === 'ok' && composition === null && kind !== 'dislike' ? [`${value}: «${name}» may hold it`] : []
      return verdict === 'conflict' ? [`${value}: «${name}» is refused`] : []
    })
  })

  expect(wrong).toEqual([])
})
