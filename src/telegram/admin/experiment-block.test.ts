import { expect, test } from 'vitest'
import type { VersionNumbers } from '../../analytics/experiment.ts'
import { plainText } from '../html.ts'
import { experimentBlock } from './experiment-block.ts'

const period = { from: '2026-11-20', to: '2026-11-26' }
const plain = (text: string) => text.replaceAll('\u00A0', ' ')
const textOf = (...versions: VersionNumbers[]) =>
  plain(plainText(experimentBlock({ ...period, compared_since: null, versions }, period.to)))

const base: VersionNumbers = {
  prompt_version: '5f2d0c9e7a1b',
  users: 121,
  sessions: 342,
  messages: 900,
  carts: 144,
  rated: 61,
  metrics: {
    carts_per_session: { value: 0.42, low: 0.38, high: 0.461 },
    up_share: { value: 0.8, low: 0.7, high: 0.875 },
    rub_per_cart: { value: 3.2, low: 2.91, high: 3.5 },
    turns_per_message: { value: 2.4, low: 2.3, high: 2.5 },
  },
  verdicts: null,
  obstacle: null,
}
const unclear = {
  carts_per_session: 'unclear',
  up_share: 'unclear',
  rub_per_cart: 'unclear',
  turns_per_message: 'unclear',
} as const
const variant: VersionNumbers = { ...base, prompt_version: 'b7e41d3c6f80', users: 31, verdicts: unclear }

test('each version has its numbers with their intervals', () => {
  expect(textOf(base, variant)).toContain(
    plain(`🧪 Версии подсказки за 7 дней (20.11 – 26.11)

5f2d0c9e7a1b, основная
121 человек, 342 сессии, 144 корзины, 61 оценка
Корзин на сессию: 0,42 (0,38–0,46)
Доля 👍: 80 % (70 %–87,5 %)
₽ модели на корзину: 3,20 ₽ (2,91 ₽–3,50 ₽)
Ходов на ответ: 2,4 (2,3–2,5)

b7e41d3c6f80
31 человек`),
  )
})

test('a period that begins too early is refused with the first day that can be compared', () => {
  const refused = experimentBlock({ ...period, compared_since: '2026-11-21', versions: [] }, period.to)

  expect(plain(plainText(refused))).toContain('начинается не раньше 21.11.2026')
  expect(plain(plainText(refused))).not.toContain('никому не отвечала')
})

test('a verdict is shown only where there is one', () => {
  expect(textOf(base, variant)).toContain('Пока нельзя сказать, лучше ли она.')
  const clear = { ...unclear, carts_per_session: 'better', rub_per_cart: 'better', turns_per_message: 'worse' } as const
  expect(textOf(base, { ...variant, verdicts: clear })).toContain(
    '✅ Лучше: корзин на сессию, ₽ модели на корзину\n❌ Хуже: ходов на ответ',
  )
  expect(textOf(base, { ...variant, obstacle: 'not_at_the_same_time' })).toContain('отвечали не одновременно')
})

test('without a second version it says how to try one', () => {
  expect(textOf(base)).toContain('PROMPT_VARIANTS')
  expect(textOf()).toContain('Модель ещё никому не отвечала.')
})
