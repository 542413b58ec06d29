import { stageLabels } from '../../analytics/dictionary.ts'
import type { ChurnStep } from '../../analytics/numbers.ts'
import { html } from '../html.ts'

export const stepNames: Readonly<Record<ChurnStep, string>> = { none: 'ничего', ...stageLabels }

export const texts = {
  none: html`За эти дни бота не заблокировал никто.`,
  note: html`<i>Кто заблокировал бота в Telegram. Известно от Telegram и от недоставленных сообщений; таким людям бот не пишет сам. Шаг – самый дальний, которого человек достиг. Процент – от людей источника в эти дни.</i>`,
}
