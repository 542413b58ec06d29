import { stemsOf } from './words.ts'

/** Kinds of food by what the shop writes in names: «без мяса» means the beef as well. */
const kinds: Record<string, string> = {
  мясо: 'мясо говядина свинина баранина телятина курица куриный цыпленок индейка утка фарш бекон ветчина колбаса сосиски сардельки шашлык котлеты пельмени стейк карбонад',
  рыба: 'рыба лосось форель семга треска минтай тунец скумбрия сельдь икра горбуша кета',
  молочный: 'молоко кефир сметана творог йогурт сыр сливки ряженка',
  сладкий: 'печенье шоколад конфеты зефир мармелад пастила торт мороженое варенье мед сахар вафли пряники',
  овощи: 'картофель морковь лук капуста свекла помидоры огурцы перец кабачки баклажаны чеснок редис',
  фрукты: 'яблоки бананы груши апельсины мандарины виноград киви лимон',
  орехи: 'орехи миндаль кешью фундук арахис фисташки',
  алкоголь: 'вино пиво водка коньяк виски шампанское',
}
const stemsOfKind = new Map(Object.entries(kinds).map(([kind, names]) => [stemsOf(kind)[0], stemsOf(names)]))

/** Whether a product is what a word of the user names: the thing itself, or one of its kind. */
export function isNamedBy(productName: string, word: string): boolean {
  const wanted = stemsOf(word).flatMap(stem => stemsOfKind.get(stem) ?? [stem])
  return stemsOf(productName).some(stem => wanted.includes(stem))
}
