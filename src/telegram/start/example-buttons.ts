import { InlineKeyboard } from 'grammy'

/** What a new user may try, by the data of its button; the label is the request. */
export const examples: Readonly<Record<string, string>> = {
  example_breakfast: 'Завтрак на двоих',
  example_borscht: 'Борщ на четверых',
  example_dinner: 'Ужин до 1000\u00A0₽',
}

/** One button a row: the labels are read whole on a phone. */
export function exampleButtons(): InlineKeyboard {
  const keyboard = new InlineKeyboard()
  for (const [data, label] of Object.entries(examples)) keyboard.text(label, data).row()
  return keyboard
}
