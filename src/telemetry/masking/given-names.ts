import { foldPattern } from './comparable-text.ts'

/** Given names that are common in Russia, with their everyday forms. */
const names =
  `Александр Саша Шура Алексей Лёша Алёша Анатолий Толя Андрей Антон Антоша Аркадий Арсений Арсен Артём Артур Богдан Борис Боря
Вадим Валентин Валерий Валера Василий Вася Виктор Витя Виталий Виталик Владимир Вова Володя Владислав Влад Владик Вячеслав
Слава Геннадий Гена Георгий Гоша Жора Герман Глеб Григорий Гриша Давид Даниил Данила Даня Денис Дмитрий Дима Егор Евгений Женя
Захар Иван Ваня Игорь Илья Ильдар Кирилл Константин Костя Лев Лёва Леонид Лёня Макар Максим Марат Марк Матвей Мирон Михаил Миша
Назар Никита Николай Коля Олег Павел Паша Пётр Петя Платон Равиль Рамиль Ринат Роман Рома Руслан Рустам Савелий Семён Сёма
Сергей Серёжа Станислав Стас Степан Стёпа Тарас Тимофей Тима Тимур Фёдор Федя Филипп Эдуард Эдик Эльдар Юрий Юра Яков Ян
Ярослав Агата Аделина Алевтина Александра Алеся Алина Алиса Алла Алёна Альбина Амина Анастасия Настя Ангелина Анжела Анна Аня
Анюта Антонина Тоня Арина Валентина Валя Валерия Лера Варвара Варя Василиса Вера Вероника Ника Виктория Вика Виолетта Галина
Галя Дарина Дарья Даша Диана Дина Ева Евгения Евдокия Екатерина Катя Катерина Елена Лена Елизавета Лиза Есения Жанна Зинаида
Зина Злата Зоя Инга Инна Ирина Ира Камилла Карина Кира Клавдия Клава Кристина Ксения Ксюша Лариса Лариска Лидия Лида Лилия Лиля
Лина Любовь Люба Людмила Люда Люся Майя Маргарита Рита Марина Мария Маша Маруся Марья Милана Милена Мила Мирослава Надежда
Надя Наталья Наталия Наташа Нелли Нина Оксана Олеся Ольга Оля Оленька Полина Поля Раиса Рая Регина Римма Роза Светлана Света
Снежана София Софья Соня Стефания Таисия Тая Тамара Татьяна Таня Ульяна Уля Фаина Эвелина Элина Эльвира Эмилия Юлия Юля
Яна Ярослава Анечка Катенька Машенька Дашенька Настенька Сашенька Ванечка Мишенька`.split(/\s+/)

/** Case forms of names with an irregular declension. */
const irregular: Record<string, string[]> = {
  Павел: ['павла', 'павлу', 'павлом', 'павле'],
  Пётр: ['петра', 'петру', 'петром', 'петре'],
  Лев: ['льва', 'льву', 'львом', 'льве'],
  Любовь: ['любови', 'любовью'],
  Нелли: [],
}

/** Names that in lower case are common words or products. */
const alsoWords = new Set(
  fold(`вера веры роза розы лилия лилии надежда надежды любовь любови маргарита маргариты слава славы света ян яна поля поли
рая ника ники марк марка лев льва костя кости коля коли рома лина дина дины лиля роман романа мила милы злата майя`).split(
    /\s+/,
  ),
)

function fold(text: string): string {
  return foldPattern(text).toLowerCase()
}

/** Other case forms of a name, the genitive first. */
function otherCases(name: string): string[] {
  const known = irregular[name]
  if (known !== undefined) return known.map(fold)
  const stem = fold(name.slice(0, -1))
  if (/[гкхжшчщ]а$/.test(name)) return ['и', 'е', 'у', 'ой', 'ей'].map(end => stem + end)
  if (name.endsWith('а')) return ['ы', 'е', 'у', 'ой'].map(end => stem + end)
  if (name.endsWith('ия')) return ['и', 'ю', 'ей'].map(end => stem + end)
  if (name.endsWith('я')) return ['и', 'е', 'ю', 'ей'].map(end => stem + end)
  if (/[йь]$/.test(name)) return ['я', 'ю', 'ем', 'е'].map(end => stem + end)
  return ['а', 'у', 'ом', 'е'].map(end => fold(name) + end)
}

const nominatives = new Set(names.map(fold))
const genitives = new Set(names.flatMap(name => otherCases(name).slice(0, 1)))
const allForms = new Set([...nominatives, ...names.flatMap(otherCases)])

const isSmall = (word: string) => word === word.toLowerCase()
const isIn = (forms: ReadonlySet<string>, word: string) =>
  forms.has(fold(word)) && !(isSmall(word) && alsoWords.has(fold(word)))

/** True if the word is a given name in the nominative; in lower case only if it is not a common word. */
export const isGivenName = (word: string): boolean => isIn(nominatives, word)

/** True if the word is a given name in the genitive, as after «для»: «Анны», «миши». */
export const isGivenNameOf = (word: string): boolean => isIn(genitives, word)

/** True if the word is a given name in any case. */
export const isGivenNameForm = (word: string): boolean => isIn(allForms, word)
