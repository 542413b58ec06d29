import { foldPattern } from './comparable-text.ts'
import { isGivenName, isGivenNameForm, isGivenNameOf } from './given-names.ts'
import { type Finder, inOrder, type Span } from './span.ts'

interface Word {
  word: string
  from: number
  to: number
}

const lead = (words: string) => new RegExp(foldPattern(String.raw`(?<!\p{L})(?:${words})[ .:,«"'–-]{1,4}`), 'giu')
const whole = (words: string) => new RegExp(foldPattern(`^(?:${words})$`), 'iu')

/** Followed by a name in any spelling. */
const introductions = lead(
  '(?:меня (?:все )?зовут|зовут меня|зовите меня|мо[её] имя|по имени|на имя|моя фамилия)(?: (?:просто|все|также|тоже)){0,2}',
)
/** Followed by a name if the next word is a given name. */
const greetings = lead('это|я|с вами|пишет(?: вам)?|беспокоит|с уважением')
/** Followed by a name if the next word is capitalised. */
const fields = lead('фио|имя|фамилия|отчество|получатель|заказчик')
/** Followed by the name of a recipient or an owner. */
const possessives = lead(
  '(?:для|от имени|рождения|рождению|юбиле[яюй]|именины)(?: (?:моей|моего|нашей|нашего|любимой|любимого|мамы|папы|бабушки|дедушки|дочки|дочери|сына|внучки|внука|жены|мужа|подруги|друга|сестры|брата|тёти|дяди|коллеги|начальника|учительницы|учителя|доктора)){0,3}',
)

/** Words that are not names where one is expected: pronouns, particles, dishes, holidays. */
const noName = whole(
  String.raw`[\p{L}]|во|на|не|по|со|но|из|за|от|до|как|так|что|мне|мной|нам|нас|вам|вас|меня|тебя|себя|хочу|нуж\p{L}+|надо|дайте|ваш\p{L}*|наш\p{L}*|мо[йяеи]\p{L}*|тво\p{L}+|все|всех|всей|нов\p{L}+|рождеств\p{L}+|пасх\p{L}+|маслени\p{L}+|цезар\p{L}+|оливье|наполеон\p{L}*|тирамису|маргарит\p{L}+|карбонар\p{L}+|болоньез\p{L}*|шарлотк\p{L}+|москв\p{L}+|росси\p{L}+|вкусвилл\p{L}*`,
)
const surname = whole(
  String.raw`\p{L}{2,}(?:[ое]в(?:а|у|ой|ым)?|[иы]н(?:а|у|ой|ым)?|[сц]к(?:ий|ого|ому|им|ая|ой|ую)|енко|чук|швили|дзе|ян|яна|оглы|кызы)`,
)
const patronymic = whole(String.raw`\p{L}{2,}(?:(?:[ое]в|[ьи])ич|[ое]вн|ичн)(?:а|у|ем|ом|е|ы|ой)?`)

const isCapitalised = (word: string) => /^\p{Lu}\p{Ll}/u.test(word)
const isWrittenAsName = (word: string) => isCapitalised(word) && !noName.test(word)

/** Finds personal names where the context identifies them as names; other capitalised words are left. */
export const findNames: Finder = inOrder([
  after(introductions, word => !noName.test(word)),
  after(greetings, isGivenName),
  after(fields, isWrittenAsName),
  after(possessives, word => isWrittenAsName(word) || isGivenNameOf(word)),
  findFullNames,
])

/** Finds a word right after `leads` for which `isName` holds, with the surnames and patronymics that follow it. */
function after(leads: RegExp, isName: (word: string) => boolean): Finder {
  return text => {
    const found: Span[] = []
    for (const match of text.matchAll(leads)) {
      const [first, ...others] = wordsAt(text, match.index + match[0].length)
      if (first === undefined || first.from < (found.at(-1)?.to ?? 0) || !isName(first.word)) continue
      const goesOn = ({ word }: Word) =>
        patronymic.test(word) || surname.test(word) || (isCapitalised(first.word) && isWrittenAsName(word))
      const stop = others.findIndex(other => !goesOn(other))
      const last = (stop < 0 ? others : others.slice(0, stop)).at(-1) ?? first
      found.push({ from: first.from, to: last.to, mark: 'name' })
    }
    return found
  }
}

/** Up to three words from `at` on, separated by single spaces. */
function wordsAt(text: string, at: number): Word[] {
  const next = /(?: ?)(?<word>\p{L}[\p{L}'-]{0,39})/uy
  next.lastIndex = at
  const words: Word[] = []
  for (let match = next.exec(text); match !== null && words.length < 3; match = next.exec(text)) {
    const word = match.groups?.word ?? ''
    words.push({ word, from: next.lastIndex - word.length, to: next.lastIndex })
  }
  return words
}

/** Finds «Иван Петров», «Петрова Анна Сергеевна», «Петров И. И.»: capitalised words, one of them a known name or initials. */
function findFullNames(text: string): Span[] {
  const words = Array.from(text.matchAll(/(?<!\p{L})\p{Lu}(?:\p{Ll}{1,30}(?:-\p{Lu}\p{Ll}{1,30})?(?!\p{L})|\.)/gu)).map(
    ({ 0: word, index }): Word => ({ word, from: index, to: index + word.length }),
  )
  const found: Span[] = []
  for (let i = 0; i < words.length; i++) {
    const row = rowAt(text, words, i)
    const length = [3, 2].find(count => count <= row.length && isFullName(row.slice(0, count).map(({ word }) => word)))
    const last = length === undefined ? undefined : row[length - 1]
    if (length === undefined || last === undefined) continue
    const from = words[i]?.from ?? 0
    if (/[«"]/.test(text.charAt(from - 1)) && /[»"]/.test(text.charAt(last.to))) continue // a product, such as «Анна Павлова»
    found.push({ from, to: last.to, mark: 'name' })
    i += length - 1
  }
  return found
}

/** At most three adjacent words. */
function rowAt(text: string, words: readonly Word[], first: number): Word[] {
  const row = words.slice(first, first + 3)
  const stop = row.findIndex((word, i) => i > 0 && !/^ ?$/.test(text.slice(row[i - 1]?.to, word.from)))
  return stop < 0 ? row : row.slice(0, stop)
}

function isFullName(words: readonly string[]): boolean {
  const initials = words.filter(word => word.endsWith('.')).length
  if (initials > 0) return initials === words.length - 1 && initials === 2 && words.some(word => surname.test(word))
  if (words.some(word => patronymic.test(word))) return words.some(isGivenNameForm)
  return words.some(isGivenNameForm) && words.some(word => !isGivenNameForm(word) && surname.test(word))
}
