/** Marks of sources that no user can follow: «【1†source】», «[^1]», «полезно[1, 2].». */
const marks = [
  /【[^】\n]{0,80}】/g,
  /\[\d{1,3}†[^\]\n]{0,60}\]/g,
  /\[\^\d{1,3}\]:?/g,
  // A number in brackets right behind a word, or before the end of a sentence; «вариант [1] или [2]» is a choice.
  /(?<=[\p{L}\p{N}»”")!?.,%])(?:\[\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,5}\])+/gu,
  /(?<=[\p{L}\p{N}»”")%])(?<!(?:^|\s)(?:и|или|вариант\p{L}?|номер|пункт|шаг|либо)) \[\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,5}\](?=\.(?:\s|$))/gmu,
]

export const withoutCitations = (text: string): string => marks.reduce((left, mark) => left.replace(mark, ''), text)
