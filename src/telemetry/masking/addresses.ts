import { foldPattern } from './comparable-text.ts'
import type { Finder } from './span.ts'

/** A part of an address; one that is not certain counts only next to a certain one. */
interface Part {
  from: number
  to: number
  isCertain: boolean
}

const pattern = (source: string, flags = 'giu') => new RegExp(foldPattern(source), flags)

const streetTypes = String.raw`улиц(?:а|ы|е|у|ей)|проспект(?:а|е|у)?|переул(?:ок|ка|ке|ку)|шоссе|бульвар(?:а|е|у)?|набережн(?:ая|ой|ую)|площад(?:ь|и)|проезд(?:а|е|у)?|тупик(?:а|е|у)?|алле[яию]|микрорайон(?:а|е|у)?|тракт(?:а|е|у)?|(?:ул|пр-к?т|просп|пер|б-р|бул|бульв|наб|пл|пр-д|мкрн?|кв-л|пос|дер|снт|жк)(?:\.|(?= ))`
const house = String.raw`(?:[, ]{1,2}|(?<=\.))(?:(?:д|дом)[. ]{0,2})?\d{1,4}(?: ?[а-я](?!\p{L}|\d))?(?: ?(?:[/-]|к|корп|с|стр)[. ]{0,2}\d{1,4}[а-я]?)?(?![\d\p{L}])`
/** Excludes numbers followed by a unit: those are amounts. */
const counted = String.raw`(?! ?(?:[%₽]|[.,]\d|(?:кг|г|гр|грамм\p{L}*|кило\p{L}*|л|литр\p{L}*|мл|м|см|шт|штук\p{L}*|уп|упаков\p{L}*|пач\p{L}*|бут\p{L}*|бан\p{L}*|пакет\p{L}*|порци\p{L}*|руб\p{L}*|р|ккал|дн\p{L}*|час\p{L}*|мин\p{L}*)(?!\p{L})))`
const word = String.raw`(?:\d{1,3}-?(?:я|и|й|го)? )?\p{L}[\p{L}-]{1,30}`

const streets = pattern(
  String.raw`(?<![\p{L}\p{N}])(?<before>${word} )?(?<type>${streetTypes})(?!\p{L})(?: ?(?<after>${word}(?: ${word}){0,2}))?`,
)
/** Types of streets that need no capital letter after an adjective: «птичий переулок», but not «соседняя улица». */
const onlyStreets = pattern('^(?:переул|проспект|шоссе|бульвар|набережн)', 'iu')
const adjective = pattern('(?:ий|ый|ой|ая|яя|ое|ее|ого|его|ому|ом|ем|ую|юю)$', 'iu')
const houseBehind = pattern(`${house}${counted}`, 'iuy')

/** Parts with a number; the certain ones occur in addresses only. */
const parts: readonly { pattern: RegExp; isCertain: boolean }[] = [
  {
    isCertain: true,
    pattern: pattern(
      String.raw`(?<!\p{L})(?:кв|квартир[аыуе]|подъезд[аеу]?|домофон[аеу]?)(?!\p{L})[ .:#-]{0,3}(?:No ?)?(?:код )?\d{1,4}(?:[а-яa-z]\d{0,5})?[#*]?(?![\d\p{L}])${counted}`,
    ),
  },
  { isCertain: true, pattern: pattern(String.raw`(?<![\d\p{L}])\d{1,2}(?:-?[йи])? (?:подъезд|этаж)(?!\p{L})`) },
  {
    isCertain: false,
    pattern: pattern(
      String.raw`(?<!\p{L})(?:д|дом|корп|корпус|к|стр|строение|этаж|эт|офис|оф|вл)(?!\p{L})[ .]{0,2}(?:No ?)?\d{1,4}(?:[а-я]\d{0,3})?(?![\d\p{L}])${counted}`,
    ),
  },
  { isCertain: false, pattern: pattern(String.raw`(?<!\p{L}|\d ?)(?:г\. ?|город )\p{L}[\p{L}-]{2,30}`) },
]
/** A house number without a street, at the end of a phrase. */
const houseAlone = pattern(String.raw`(?<!на )(?<=^|[^\p{L}])(?:дом|д\.) ?(?:No ?)?\d{1,4}[а-я]?(?=\s*(?:$|[,;!?)\n]))`)

/** What every street has. Cheaper to look for than a street with its name, and in most texts there is none. */
const streetType = pattern(streetTypes, 'iu')

/** Finds street addresses with houses, flats, entrances and door codes. */
export const findAddresses: Finder = text => {
  const streets = streetType.test(text) ? streetsIn(text) : []
  // without a street only a number can be certain
  if (streets.length === 0 && !/\d/.test(text)) return []
  const found: Part[] = [
    ...streets,
    ...parts.flatMap(({ pattern, isCertain }) => matchesOf(text, pattern).map(part => ({ ...part, isCertain }))),
    ...matchesOf(text, houseAlone).map(part => ({ ...part, isCertain: true })),
  ].sort((a, b) => a.from - b.from || b.to - a.to)
  return clustersOf(text, found)
    .filter(cluster => cluster.some(part => part.isCertain))
    .map(cluster => ({
      from: Math.min(...cluster.map(({ from }) => from)),
      to: Math.max(...cluster.map(({ to }) => to)),
      mark: 'address',
    }))
}

const matchesOf = (text: string, rule: RegExp) =>
  Array.from(text.matchAll(rule), match => ({ from: match.index, to: match.index + match[0].length }))

/** Finds streets with a capitalised name or with a house number. */
function streetsIn(text: string): Part[] {
  const found: Part[] = []
  for (const match of text.matchAll(streets)) {
    const { before = '', type = '', after = '' } = match.groups ?? {}
    const typeEnd = match.index + before.length + type.length
    const nameFrom = match.index + match[0].length - after.length
    const isBefore = adjective.test(before.trim())
    const words = after === '' ? [] : after.split(/(?<=\p{L}) /u)
    const small = words.findIndex(found => !/^(?:\d\S* )?\p{Lu}/u.test(found))
    const capitals = isBefore ? [] : small < 0 ? words : words.slice(0, small)
    // the name may end after all words with a capital letter, or after one or two without
    const ends = isBefore || capitals.length > 0 ? [capitals.length] : [1, 2].filter(count => count <= words.length)
    const endAt = (count: number) => (count === 0 ? typeEnd : nameFrom + words.slice(0, count).join(' ').length)
    const houseAt = ends.map(count => houseEnd(text, endAt(count))).find(end => end !== null)
    const isNamed = capitals.length > 0 || (isBefore && (/^(?:\d\S* )?\p{Lu}/u.test(before) || onlyStreets.test(type)))
    if (houseAt === undefined && !isNamed) continue
    found.push({
      from: isBefore ? match.index : match.index + before.length,
      to: houseAt ?? endAt(capitals.length),
      isCertain: true,
    })
  }
  return found
}

function houseEnd(text: string, at: number): number | null {
  houseBehind.lastIndex = at
  return houseBehind.test(text) ? houseBehind.lastIndex : null
}

/** Groups parts that are separated only by spaces and punctuation. */
function clustersOf(text: string, found: readonly Part[]): Part[][] {
  const clusters: Part[][] = []
  let end = -1
  for (const part of found) {
    const cluster = clusters.at(-1)
    if (cluster !== undefined && (part.from <= end || /^[ ,.;\n]{1,3}$/.test(text.slice(end, part.from))))
      cluster.push(part)
    else clusters.push([part])
    end = Math.max(end, part.to)
  }
  return clusters
}
