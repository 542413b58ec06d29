import { html } from '../html.ts'
import { waitText } from '../wording.ts'

export const texts = {
  refused: (waitMs: number) =>
    html`Сейчас очень много желающих: ждать пришлось бы дольше обычного, ${waitText(waitMs)}. Напишите, пожалуйста, позже.`,
  remind: 'Напомнить, когда станет свободнее',
  offer: html`Могу напомнить, когда очередь станет короче.`,
  remindSet: 'Хорошо, напомню',
  willRemind: html`Сейчас очень много желающих. Напомню, как только очередь станет короче.`,
  remindFailed: 'Не получилось записать. Нажмите ещё раз через минуту',
  reminder: html`Очередь стала короче. Напишите ещё раз, что собрать.`,
}
