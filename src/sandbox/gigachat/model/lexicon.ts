import { stem } from './words.ts'

/**
 * Food nouns as one searches for them. After a colon: further stems by which a user may name the same thing.
 * `=ж` marks the feminine nouns that end in a soft sign.
 */
const nouns = `
молоко кефир ряженка простокваша сметана сливки:сливок йогурт творог творожок сыр сырок масло:масел яйца:яиц,яйк
моцарелла пармезан рикотта маскарпоне фета брынза айран сгущенка
хлеб батон багет булочки:булоч,булк,булок лаваш лепешки хлебцы круассаны:круассан тосты сухари баранки сушки
мясо говядина свинина баранина курица:кур,курочк индейка фарш филе бедра голень крылышки печень=ж стейк
бекон ветчина колбаса сосиски:сосис,сосисок сардельки паштет шашлык
рыба лосось форель=ж семга треска минтай тунец:тунц скумбрия сельдь=ж креветки:креветок мидии кальмары икра
картофель:картошк,картошек морковь=ж:морковк лук капуста свекла помидоры:помидорк,помидорок огурцы:огурец,огурчик
томаты перец:перц кабачки:кабачок баклажаны тыква чеснок имбирь редис кукуруза горошек:горошк брокколи грибы шампиньоны
зелень=ж укроп петрушка базилик руккола шпинат салат кинза сельдерей авокадо
яблоки:яблочк,яблок бананы груши апельсины мандарины лимон виноград клубника черника малина киви ананас арбуз дыня хурма гранат
фрукты овощи ягоды сухофрукты изюм курага финики орехи миндаль кешью фундук арахис семечки
рис гречка булгур кускус чечевица нут фасоль=ж овсянка хлопья:хлопьев каша мюсли гранола пшено киноа
макароны:макарон спагетти паста лапша мука сахар соль=ж дрожжи сода крахмал желатин
пельмени вареники хинкали котлеты наггетсы блинчики пицца сырники запеканка
соус кетчуп майонез горчица уксус аджика хумус оливки:оливок маслины специи
вода сок чай кофе какао квас лимонад компот морс напиток минералка пиво вино
печенье шоколад:шоколадк конфеты зефир пастила мармелад мороженое торт пирожное пирог пирожки вафли пряники мед варенье джем
чипсы снеки попкорн батончик:батончик пюре суп
`

export interface Noun {
  nominative: string
  gender: 'm' | 'f' | 'n' | 'pl'
}

const known = new Map<string, Noun>()
for (const entry of nouns.trim().split(/\s+/)) {
  const [head = '', alternatives = ''] = entry.split(':')
  const [nominative = '', feminine] = head.split('=')
  const noun: Noun = { nominative, gender: feminine ? 'f' : genderOf(nominative) }
  for (const s of [stem(nominative), ...alternatives.split(',')]) if (s !== '') known.set(s, noun)
}

function genderOf(nominative: string): Noun['gender'] {
  if (/[ыи]$|^яйца$|^бедра$|^хлопья$/.test(nominative)) return 'pl'
  if (/[ая]$/.test(nominative)) return 'f'
  return /[ое]$/.test(nominative) ? 'n' : 'm'
}

/** The noun a word is a form of, when it is one of those known. */
export const nounOf = (word: string): Noun | undefined => known.get(stem(word))

const nominatives = [...new Set([...known.values()].map(({ nominative }) => nominative))]

/** Every food noun in the nominative. */
export const knownNouns = (): readonly string[] => nominatives

const adjectiveForm = /(ого|его|ому|ему|ой|ей|ую|юю|ый|ий|ая|яя|ое|ее|ые|ие|ых|их|ым|им)$/
const stressed = new Set(['ржан', 'сух', 'молод', 'листов', 'столов', 'морск', 'больш', 'кругл', 'ветчинн'])

/** An adjective in the nominative of a noun: «ржаного» + «хлеб» → «ржаной»; any other word stays as it is. */
export function agree(word: string, noun: Noun): string {
  if (word.length < 5 || !adjectiveForm.test(word)) return word
  const base = word.replace(adjectiveForm, '')
  const soft = /(?:шн|нн)$/.test(base) && /^(?:домашн|утренн|ранн|зимн|летн)/.test(base)
  const hushing = /[жшщч]$/.test(base)
  const velar = /[кгх]$/.test(base)
  switch (noun.gender) {
    case 'm':
      return base + (stressed.has(base) ? 'ой' : soft || hushing || velar ? 'ий' : 'ый')
    case 'f':
      return base + (soft ? 'яя' : 'ая')
    case 'n':
      return base + (soft || hushing ? 'ее' : 'ое')
    case 'pl':
      return base + (soft || hushing || velar ? 'ие' : 'ые')
  }
}
