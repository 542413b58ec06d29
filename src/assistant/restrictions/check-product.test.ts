import { expect, test } from 'vitest'
import type { Restriction } from '../../users/users.ts'
import { createProductCheck } from './check-product.ts'

const diet = (value: string): Restriction => ({ kind: 'diet', value })
const allergy = (value: string): Restriction => ({ kind: 'allergy', value })
const dislike = (value: string): Restriction => ({ kind: 'dislike', value })
const verdict = (restriction: Restriction, name: string, composition?: string, allergens?: string) =>
  createProductCheck([restriction]).check(name, {
    properties: {
      ...(composition !== undefined && { Состав: composition }),
      ...(allergens !== undefined && { 'Аллергены по производителям': allergens }),
    },
  }).verdict

test.each([
  [diet('веган'), 'Сыр Российский 50%, 200 г'],
  [diet('веганка'), 'КОЛБАСА «Докторская»'],
  [diet('веган'), 'Мёд цветочный'],
  [diet('веган'), 'Яйца куриные С1, 10 шт'],
  [diet('вегетарианец'), 'Филе цыплёнка-бройлера'],
  [diet('вегетарианство'), 'Форель слабосолёная'],
  [diet('пост'), 'Масло сладко-сливочное 82,5%'],
  [diet('великий пост'), 'Творог 5%'],
  [diet('пост'), 'Говядина постная'],
  [diet('халяль'), 'Свинина шея'],
  [diet('кошерное'), 'Креветки королевские'],
  [diet('без глютена'), 'Хлеб пшеничный'],
  [diet('без лактозы'), 'Молоко 3,2%, 1 л'],
  [diet('без сахара'), 'Сгущённое молоко с сахаром'],
  [allergy('орехи'), 'Шоколад молочный с фундуком'],
  [allergy('орехам'), 'Печенье с грецкими орехами'],
  [allergy('орехи'), 'Паста арахисовая'],
  [allergy('фундук'), 'Смесь орехов'],
  [allergy('молоко'), 'Молоко безлактозное 1,8%'],
  [allergy('молоко'), 'Молоко без лактозы'],
  [allergy('белок коровьего молока'), 'Кефир 1%'],
  [allergy('молочные продукты'), 'Спред сливочно-растительный'],
  [allergy('яйца'), 'Яичная лапша'],
  [allergy('рыба'), 'Крабовые палочки'],
  [allergy('морепродукты'), 'Мидии в ракушках'],
  [allergy('соя'), 'Тофу классический'],
  [allergy('кунжут'), 'Паста тахини'],
  [allergy('сельдерей'), 'Стебель сельдерея'],
  [allergy('горчица'), 'Соус горчичный'],
  [dislike('кинза'), 'Кинза, 50 г'],
  [dislike('лук'), 'Пирожок с луком'],
  [dislike('перец'), 'Перцы сладкие'],
  [dislike('мясо'), 'Говядина тушёная'],
  [dislike('сыр'), 'Сырный соус'],
  [dislike('печень'), 'Паштет печёночный'],
  [dislike('говядина'), 'Котлеты говяжьи'],
  [allergy('помидоры'), 'Томатная паста'],
  [diet('без глутамата'), 'Чипсы с глутаматом натрия'],
  [diet('кето'), 'Хлеб ржаной'],
])('%o forbids «%s» by name', (restriction, name) => {
  expect(verdict(restriction, name, 'что угодно')).toBe('conflict')
})

test.each([
  [diet('веган'), 'Молоко кокосовое', 'вода, кокосовая мякоть'],
  [diet('веган'), 'Овсяное молоко', 'вода, овёс'],
  [diet('веган'), 'Напиток соевый', 'вода, соевые бобы'],
  [diet('веган'), 'Сыр тофу', 'соевые бобы, вода'],
  [diet('веган'), 'Колбаса веганская'],
  [diet('веган'), 'Соевое мясо', 'соевый белок'],
  [diet('веган'), 'Растительное молоко', 'вода, рис'],
  [diet('веган'), 'Сырая морковь', 'морковь'],
  [diet('веган'), 'Печенье овсяное', 'мука, сахар, молочная кислота'],
  [diet('веган'), 'Икра из кабачков', 'кабачки, морковь, масло растительное'],
  [diet('веган'), 'Гречка с грибами', 'гречка, грибы. Может содержать следы молока'],
  [diet('веган'), 'Картофель мытый'],
  [diet('вегетарианец'), 'Сыр Гауда', 'молоко, закваска'],
  [diet('вегетарианец'), 'Баранки сахарные', 'мука, сахар'],
  [diet('вегетарианец'), 'Печенье «Мария»', 'мука, сахар'],
  [diet('пост'), 'Майонез постный', 'масло подсолнечное, вода'],
  [diet('халяль'), 'Куриное филе халяль', 'курица'],
  [diet('без глютена'), 'Хлеб без глютена', 'мука рисовая, крахмал'],
  [diet('без глютена'), 'Мука рисовая', 'рис'],
  [diet('без лактозы'), 'Молоко безлактозное 1,8%', 'молоко, фермент лактаза'],
  [diet('без лактозы'), 'Кефир без лактозы', 'молоко, закваска'],
  [diet('диабет'), 'Шоколад без сахара', 'какао тёртое, эритрит'],
  [diet('без сахара'), 'Пюре без добавления сахара', 'яблоко'],
  [allergy('орехи'), 'Печенье без орехов', 'мука, масло'],
  [allergy('орехи'), 'Смесь специй', 'мускатный орех, корица'],
  [allergy('орехи'), 'Батончик', 'финики. Не содержит орехов и арахиса'],
  [allergy('яйца'), 'Яблоки Гала'],
  [allergy('орехи'), 'Бананы'],
  [dislike('лук'), 'Пирожок'],
  [dislike('сыр'), 'Сырая морковь'],
  [dislike('сало'), 'Салат айсберг'],
  [dislike('печень'), 'Печенье «Мария»'],
  [allergy('слива'), 'Сливки 20%', 'сливки'],
  [dislike('пальмовое масло'), 'Масло подсолнечное'],
  [allergy('козье молоко'), 'Яблоки'],
  [dislike('рис'), 'Ирис сливочный', 'сахар'],
])('%o allows «%s»', (restriction: Restriction, name: string, composition?: string) => {
  expect(verdict(restriction, name, composition)).toBe('ok')
})

test.each([
  [allergy('орехи'), 'Печенье овсяное', 'мука, сахар. Может содержать следы орехов', undefined],
  [allergy('арахис'), 'Батончик', 'финики', 'арахис'],
  [diet('веган'), 'Хлеб тостовый', 'мука, вода, сыворотка сухая', undefined],
  [diet('вегетарианец'), 'Мармелад', 'сахар, желатин', undefined],
  [allergy('молоко'), 'Печенье', 'мука', 'молоко и продукты его переработки'],
])('%o forbids «%s» by its card', (restriction, name, composition, allergens) => {
  expect(verdict(restriction, name, composition, allergens)).toBe('conflict')
})

test.each([
  [allergy('орехи'), 'Пирожное «Картошка»'],
  [diet('веган'), 'Суп овощной'],
  [diet('халяль'), 'Говядина для гуляша'],
])('%o leaves «%s» open when nothing is stated', (restriction, name) => {
  expect(verdict(restriction, name)).toBe('unknown')
})

test('a word that names no food asks for no composition', () => {
  expect(verdict(diet('без заморочек'), 'Суп овощной')).toBe('ok')
  expect(verdict(allergy('киви'), 'Суп овощной')).toBe('unknown')
})

test('a likely dish is refused while nothing states what is in it', () => {
  expect(verdict(diet('веган'), 'Котлеты домашние')).toBe('conflict')
  expect(verdict(diet('веган'), 'Котлеты из нута', 'нут, морковь')).toBe('ok')
})

test('an allergy is named before a dislike', () => {
  const check = createProductCheck([dislike('шоколад'), allergy('орехи')])

  expect(check.check('Шоколад с фундуком', null)).toEqual({
    verdict: 'conflict',
    restriction: allergy('орехи'),
    found: 'фундуком',
  })
})
