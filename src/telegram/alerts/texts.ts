import { type Html, html } from '../html.ts'
import { counted } from '../wording.ts'

const affected = (n: number) => counted(n, ['человек', 'человека', 'человек'])
const icons = { critical: '🔥', warning: '⚠️', info: 'ℹ️' } as const

export const texts = {
  mute: 'Молчать час',
  take: 'Понял',
  help: 'Что делать',

  title: (severity: keyof typeof icons, summary: string) => html`${icons[severity]} <b>${summary}</b>`,
  overTitle: (summary: string) => html`☑️ <b>${summary}</b>`,
  since: (at: string, zone: string, lasts: string, users: number | null) =>
    html`С ${at} (${zone}), уже ${lasts}${users === null || users === 0 ? '' : ` · задело ${affected(users)}`}`,
  more: (count: number) => html`… и ещё ${count} таких же`,
  lastError: (text: string) => html`Последняя ошибка: ${text}`,
  /** Above what is sent again to the same chat. */
  stillFiring: html`Всё ещё не прошло.`,
  again: html`Началось снова.`,
  escalated: (minutes: number) =>
    html`Предыдущий администратор не ответил за ${counted(minutes, ['минуту', 'минуты', 'минут'])}.`,
  several: (count: number) =>
    html`<b>Сразу ${counted(count, ['тревога', 'тревоги', 'тревог'])}</b>. Кнопки ниже – обо всех.`,

  takenByReader: (at: string) => html`👌 Вы взяли это в ${at}.`,
  takenByOther: (at: string) => html`👌 Другой администратор взял это в ${at}.`,
  mutedUntil: (at: string) => html`🔕 Молчу до ${at}.`,
  overAt: (at: string) => html`Закончилось в ${at}.`,

  over: (summary: string, lasted: string, from: string, to: string, zone: string) =>
    html`✅ Прошло: <b>${summary}</b>, длилось ${lasted} – с ${from} до ${to} (${zone})`,

  toastTaken: 'Записал: вы занимаетесь этим',
  toastMuted: (at: string) => `Молчу до ${at}. Когда пройдёт, скажу`,
  toastOver: 'Это уже прошло',
  toastUnknown: 'Эту тревогу бот уже не помнит',
  noSteps: (firstStep: string): Html => html`${firstStep}`,

  testPassed: html`🔔 Проверка тревог: раз в неделю. Сообщение дошло, делать ничего не нужно.`,
  testFailed: (ways: string) => html`🔔 Проверка тревог не дошла: ${ways}. Посмотрите настройки и журнал бота.`,
  way: (name: string): string => {
    const [, admin] = /^telegram (\d+)$/.exec(name) ?? []
    if (admin !== undefined) return `Telegram (администратор ${admin} из ADMIN_USER_IDS: пусть напишет боту /start)`
    return name === 'email' ? 'почта (SMTP_URL, ALERT_EMAIL_TO)' : 'веб-хук (ALERT_WEBHOOK_URL)'
  },

  subject: (summary: string) => `Тревога: ${summary}`,
  overSubject: (summary: string) => `Прошло: ${summary}`,
  testSubject: 'Проверка тревог',

  list: {
    none: html`Тревог нет.`,
    header: html`<b>Тревоги сейчас</b>`,
    muted: (summary: string, at: string) => html`🔕 «${summary}»: молчу до ${at}.`,
    closed: (count: number) =>
      html`${counted(count, ['администратор не получает', 'администратора не получают', 'администраторов не получают'])} сообщений бота: пусть напишут ему /start.`,
  },
}
