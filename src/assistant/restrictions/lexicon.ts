/**
 * What restrictions forbid, in Russian. Every word list is space-separated beginnings of folded words (lower case, «ё» as
 * «е»), regular expressions where a beginning alone would catch other words: «сыр», not «сырой».
 */

export interface FoodGroup {
  /** Words that name the food, in a product's name as well as in a composition. */
  words: string
  /** Words of names that usually hold the food; a stated composition overrules them. */
  likely?: string
  /** Words directly beside a match that make something else of it: «кокосовое молоко», «икра из кабачков». */
  harmlessBeside?: string
  /** Words anywhere in a name that make its likely words harmless: «паштет из чечевицы». */
  freeOf?: string
  /** Words anywhere in a name that free the whole product, its composition included: «безлактозное». */
  label?: string
  /** A substance rather than a food: «без лактозы» frees the whole product like a label. */
  substance?: string
}

const plantBased = 'растительн веган vegan вегетариан'
const plantMilk = `${plantBased} постн овсян кокос миндальн соев рисов гречнев фундучн кешью банан горохов конопл тофу какао`
const vegetables = 'овощ гриб капуст картоф картош морков свекол тыкв кабач нут чечевиц фасол шпинат соев брокколи'

const shellfishWords =
  'креветк краб кальмар миди(?:и|й|я|ям|ями|ях)$ осьминог устриц гребеш лангуст омар(?:$|ы|а$|ов) рак(?:$|и$|ообразн) раков(?:$|ые$|ых$) моллюск морепродукт рапан каракатиц криль вонгол'
const milkWords =
  'молок молоч сливк сливок$ сливоч творо сметан сыр(?:$|а$|у$|е$|ом$|ы$|ов$|ам|ах$|ик|ник|ок$|к[аиоу]|н) йогурт кефир ряженк простокваш айран тан(?:$|а$) снежок варенец ацидофил бифид сыворот пахт казеин лактоз гхи$ моцарел моццарел пармезан пармиджан грана$ брынз фет(?:а|ы|у|ой|акс) рикотт маскарпоне гауд маасдам чеддер камамбер бри$ дорблю горгонзол сулугуни хал+уми бур+ат страчател филадельф пломбир сгущ мацони латте$ капучино чизкейк тирамису бешамел крестьянск'
const milkLikely = 'морожен шоколад панна-?кот круассан эклер десерт суфле'
const milkHarmless = `${plantMilk} кислот`
const porkWords =
  'свин(?:ин|ой|ая|ое|ые|ых|ого) бекон сал(?:о|а|ом)$ хамон прошут+о шпик смалец буженин грудинк корейк рульк панчет'
const glutenWords =
  'пшени ржан рж(?:и|ью)$ рожь ячмен ячнев перлов манн(?:ая|ой|ую|ка|ки)$ булгур кус-?кус солод овсян овес$ овс(?:а|ом)$ полб(?:а|ы|ян) спельт тритикале сейтан глютен клейковин панирово отруб gluten'
const glutenLikely =
  'хлеб батон багет бул(?:к|оч) лаваш лепешк макарон спагет+и паст(?:а|ы|у)$ пен+е$ фузил+и тальятел+е лапш мук(?:а|и|у|ой)$ печень(?:е|я|ем)$ вафл пряник торт пирог пирож сух(?:ар|арик) кекс круас+ан блин пельмен вареник хинкал манты чебурек пиц+ лазан крекер сушк баран(?:ки|ок|оч) тест(?:о|а)$ чиабат+ тост оладь сырник наггетс котлет пив(?:о|а)$ квас$ бисквит маф+ин эклер штрудел самс(?:а|ы) хачапури мюсли гранол'
const glutenHarmless =
  'рисов кукурузн гречнев миндальн нутов кокосов льнян амарант чечевичн томатн арахисов ореховая соевая зубная тахин кунжут'

const groups = {
  meat: {
    words:
      'мяс(?!ист) говяд говяж телят телячь свин(?:ин|ой|ая|ое|ые|ых|ого) баран(?:ин|ь|ий|их) ягнят ягнен куриц курин кур(?:$|а$|ы$|оч|ят|ник) цыпл бройлер индей индюш утк утин гус(?:ь|я|ин) кролик кролич оленин конин перепел(?!ин) бекон ветчин колбас(?!н) сосис сардел салями буженин карбонад окорок грудк грудинк голен бедрышк крылыш печен(?:ь|и|ью)$ печенк печеноч ливер хамон прошут+о пастрами люля тушенк холодец сал(?:о|а|ом)$ шпик смалец бефстроганов гуляш купат чевапчич шаурм карпачо бастурм суджук',
    likely:
      'котлет наггетс паштет пельмен фарш шашлык стейк хинкал чебурек бургер голубц тефтел фрикадел зраз манты филе бульон плов лазан болоньезе карбонар бедр(?:о|а)$ язык$ рулет',
    harmlessBeside: `${plantBased} соев краб кревет миди кокос рыб минта треск лосос`,
    freeOf: vegetables,
  },
  gelatin: { words: 'желатин кармин кошенил', likely: 'мармелад зефир желе суфле', freeOf: 'пектин агар' },
  fish: {
    words:
      'рыб лосос форел треск минта семг сельд(?!ере) селед скумбри тунец тунц горбуш кет(?:а|ы|у|ой)$ судак щук(?:а|и|у) карп(?:$|а$) окун дорад сибас анчоус кильк шпрот икр палтус камбал хек(?:$|а$) наваг мойв корюшк осетр стерляд угр(?:я|ем) угорь сардин пикш зубатк сурими крабов вобл путассу пангасиус тилапи нерк кижуч чавыч муксун омул хамс сом(?:$|а$) сайр',
    harmlessBeside: `${plantBased} ${vegetables} баклажан`,
  },
  shellfish: { words: shellfishWords, harmlessBeside: plantBased },
  milk: { words: milkWords, likely: milkLikely, harmlessBeside: milkHarmless },
  lactose: {
    words: milkWords,
    likely: milkLikely,
    harmlessBeside: milkHarmless,
    label: 'безлактоз лактаз lactose-free',
    substance: 'лактоз lactose',
  },
  eggs: {
    words: 'яйц яиц яичн меланж альбумин омлет',
    likely: 'майонез безе$ меренг бисквит кекс сырник запеканк оладь блин вафл торт пирожн',
    harmlessBeside: `${plantBased} постн шоколадн`,
    freeOf: 'постн',
  },
  honey: { words: 'мед(?:$|а$|у$|ом$) медов пчелин прополис перг(?:а|и)$' },
  nuts: {
    words:
      'орех орешк миндал фундук кешью фисташ пекан грецк макадам кедров пралине марципан джандуй лещин нутел+а арахис',
    likely: 'нуга$ халв гранол мюсли',
    harmlessBeside: 'мускатн кокосов',
  },
  peanut: { words: 'арахис', likely: 'орех халв козинак' },
  gluten: {
    words: glutenWords,
    likely: glutenLikely,
    harmlessBeside: glutenHarmless,
    label: 'безглютен gluten-free',
    substance: 'глютен gluten',
  },
  wheat: {
    words: 'пшени манн(?:ая|ой|ую|ка|ки)$ булгур кус-?кус полб спельт сейтан глютен клейковин',
    likely: glutenLikely,
    harmlessBeside: glutenHarmless,
    label: 'безглютен',
    substance: 'глютен gluten',
  },
  soy: { words: 'соев со(?:я|и|ю|ей)$ тофу эдамам мисо$ темпе$' },
  sesame: { words: 'кунжут тахин сезам', likely: 'хумус' },
  celery: { words: 'сельдере' },
  mustard: { words: 'горчи(?:ц|чн)', likely: 'майонез' },
  lupin: { words: 'люпин' },
  sulphites: { words: 'сульфит пиросульфит e22\\d е22\\d', likely: 'вин(?:о|а)$ курага сухофрукт' },
  sugar: {
    words: 'сахар сироп патока декстроз глюкоз мед(?:$|а$|ом$) медов сгущ',
    likely:
      'шоколад конфет варень джем торт пирожн печень(?:е|я)$ зефир мармелад морожен вафл лимонад кекс пряник халв пастил повидл ирис(?:$|ки) карамел нектар кола$',
    harmlessBeside: 'топинамбур стеви',
    substance: 'сахар sugar',
  },
  pork: {
    words: porkWords,
    likely: 'ветчин колбас(?!н) сосис сардел пельмен фарш паштет карбонад',
    freeOf: 'халяль halal говяж куриц курин индей телят баран',
  },
  alcohol: {
    words:
      'вин(?:о|а|ом)$ пив(?:о|а|ом)$ водк коньяк виски ром(?:$|а$|ом$) ликер шампанск сидр спирт вермут текил бренди настойк',
    harmlessBeside: 'уксус',
    label: 'безалкогольн',
  },
  citrus: { words: 'цитрус апельсин лимон(?!ад) мандарин грейпфрут лайм помело' },
} satisfies Record<string, FoodGroup>

export type GroupName = keyof typeof groups
export const foodGroups: Readonly<Record<GroupName, FoodGroup>> = groups

export interface Entry {
  /** How users call it. */
  names: string
  forbids: readonly GroupName[]
  /** Groups that need a label of the diet: meat without the word «халяль». */
  needsLabel?: readonly GroupName[]
  /** Words in a name by which the shop itself vouches for the diet. */
  labels?: string
}

const animal = ['meat', 'gelatin', 'fish', 'shellfish'] as const

export const diets: readonly Entry[] = [
  { names: 'веган строгий-вегетариан', forbids: [...animal, 'milk', 'eggs', 'honey'], labels: 'веган vegan' },
  { names: 'вегетариан', forbids: animal, labels: 'веган vegan вегетариан' },
  { names: 'пескетариан песко', forbids: ['meat', 'gelatin'], labels: 'веган vegan вегетариан' },
  {
    names: 'пост(?:$|а$|у$|е$|имся|имс|юсь|ится|н) велик(?:ий|ого)-пост',
    forbids: [...animal, 'milk', 'eggs'],
    labels: 'веган vegan',
  },
  {
    names: 'халяль halal мусульман',
    forbids: ['pork', 'alcohol', 'gelatin'],
    needsLabel: ['meat'],
    labels: 'халяль halal',
  },
  { names: 'кошер kosher', forbids: ['pork', 'shellfish', 'gelatin'], needsLabel: ['meat'], labels: 'кошер kosher' },
  { names: 'безглютен глютен целиак gluten', forbids: ['gluten'] },
  { names: 'безлактоз лактоз', forbids: ['lactose'] },
  { names: 'безмолоч', forbids: ['milk'] },
  { names: 'диабет сахар', forbids: ['sugar'] },
]

/** Foods as users name them, in an allergy as well as in a dislike. The first entry that fits a word counts. */
export const foods: readonly Entry[] = [
  { names: 'лактоз', forbids: ['lactose'] },
  { names: 'молок молоч казеин коров(?:ье|ий|ьего) бкм$ сливочн', forbids: ['milk'] },
  { names: 'арахис', forbids: ['peanut'] },
  { names: 'орех орешк', forbids: ['nuts'] },
  { names: 'яйц яиц яичн', forbids: ['eggs'] },
  { names: 'рыб', forbids: ['fish'] },
  { names: 'моллюск ракообразн морепродукт морск креветк краб миди кальмар устриц', forbids: ['shellfish'] },
  { names: 'глютен клейковин целиак', forbids: ['gluten'] },
  { names: 'пшени', forbids: ['wheat'] },
  { names: 'соя$ сои$ сою$ соев', forbids: ['soy'] },
  { names: 'кунжут', forbids: ['sesame'] },
  { names: 'сельдере', forbids: ['celery'] },
  { names: 'горчи', forbids: ['mustard'] },
  { names: 'люпин', forbids: ['lupin'] },
  { names: 'сульфит диоксид-серы', forbids: ['sulphites'] },
  { names: 'мед(?:$|а$|у$|ом$) медов пчел', forbids: ['honey'] },
  { names: 'цитрус', forbids: ['citrus'] },
  { names: 'сахар сладк', forbids: ['sugar'] },
  { names: 'свинин', forbids: ['pork'] },
  { names: 'мяс', forbids: ['meat'] },
  { names: 'алкогол спиртн', forbids: ['alcohol'] },
]

/** A kind of nut also means mixtures that name no kind. */
export const nutKinds = 'миндал фундук кешью фисташ пекан грецк макадам кедров лещин'
export const unnamedNuts = 'орех орешк пралине'

/** Fresh and plain goods that are what their name says: their composition is rarely stated. */
export const wholeFoods =
  'яблок банан груш апельсин мандарин лимон(?!ад) виноград клубник малин голубик черник киви$ ананас арбуз дын(?:я|и) хурм гранат(?:$|ы) манго$ персик нектарин слив(?:а|ы)$ авокадо картоф морков лук(?:$|а$) батат мят(?:а|ы)$ розмарин вешенк лайм грейпфрут клюкв пекинск свекл капуст помидор томат(?:ы|$) огур(?:ец|цы) перец$ перц кабач баклажан тыкв чеснок имбир редис кукуруз брокколи шампиньон укроп петрушк базилик руккол шпинат кинз сельдере рис$ гречк греч чечевиц фасол нут$ горох пшен(?:о|а)$ соль$ вод(?:а|ы)$ минеральн яйц яйцо сахар$ говядин свинин телятин баранин бедр куриц молок(?:о)$'

/** Goods that are not eaten: they break no restriction, whatever their name holds. */
export const notFood =
  'бумаг полотенц губк салфетк тарелк угол(?:ь|я)$ шампур фольг семена рассад грунт корм мыл(?:о|а)$ порошок средств пакет(?:ы|$) шампун лакомств'
