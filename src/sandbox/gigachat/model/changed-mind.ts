const gap = String.raw`[,.!…:–-]*(?: +|\n)`
const before = String.raw`(?:ой|ай|упс|стоп|нет|не(?=,)|постой\S*|погоди\S*|подожди\S*|передумал[аи]?|отмена|извини\S*|прости\S*|точнее|вернее)`
const between = String.raw`(?:${before}|не надо|не то|лучше|давай\S*|хочу|тогда|пусть будет|все-таки|вместо (?:этого|нее|него))`
const recall = new RegExp(`^${before}(?:${gap}${between})*${gap}(?=[а-яa-z0-9])`)

/** «ой нет, лучше болоньезе» without the words that take back the wish before it; null when it takes nothing back. */
export function withoutRecall(text: string): string | null {
  const normal = text.toLowerCase().replaceAll('ё', 'е').trimStart()
  const found = recall.exec(normal)
  return found === null ? null : text.trimStart().slice(found[0].length)
}

/** The parts of a message, apart where a line takes back those before it: it may be several that were answered together. */
export function partsOf(text: string): string[] {
  const parts: string[] = []
  for (const line of text.split('\n')) {
    const isNew = parts.length === 0 || withoutRecall(line) !== null
    if (isNew) parts.push(line)
    else parts.push(`${parts.pop()}\n${line}`)
  }
  return parts
}
