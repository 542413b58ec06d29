/** What a composition must mention for the allergen to be on the card. Plant «milk» is not milk. */
const signs: readonly (readonly [allergen: string, sign: RegExp])[] = [
  [
    'молоко и продукты его переработки',
    /(?<!(?:соевое|овсяное|миндальное|кокосовое) )молок(?!о кокосов)|(?<!кокосовые )сливк|сливоч|творо|сметан|сыр(?!о)|йогурт|кефир|сыворот/,
  ],
  [
    'глютен',
    /пшени|ржан|ячмен|перлов|манн|булгур|кускус|солод|овсян|овес|панирово|мука(?! (?:рисов|кукурузн|миндальн|гречнев))/,
  ],
  ['яйца', /яйц|яичн|меланж|майонез/],
  ['рыба', /рыб|лосос|форел|треск|сельд|скумбри|минтай|тунец|горбуш|анчоус|икра/],
  ['ракообразные и моллюски', /кревет|краб|миди|кальмар/],
  ['орехи', /(?<!мускатный )орех(?! мускатн)|миндал|фундук|кешью|фисташ|пекан/],
  ['арахис', /арахис/],
  ['соя', /соев|соя|тофу/],
  ['кунжут', /кунжут|тахини/],
  ['горчица', /горчиц/],
  ['сельдерей', /сельдере/],
]

/** Allergens named by a product's name and composition. */
export function allergensIn(text: string): string[] {
  const lower = text.toLowerCase().replaceAll('ё', 'е')
  const found = signs.filter(([, sign]) => sign.test(lower)).map(([allergen]) => allergen)
  return lower.includes('без глютена') ? found.filter(allergen => allergen !== 'глютен') : found
}
