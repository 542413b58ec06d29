import type { Upstream } from '../../errors.ts'
import { counted } from '../wording.ts'

/** Causes as the checks and the metrics name them. */
const causes: Readonly<Record<string, string>> = {
  timeout: 'не отвечает вовремя',
  unreachable: 'нет соединения',
  network: 'нет соединения',
  rate_limit: 'просит обращаться реже',
  rate_limited: 'просит обращаться реже',
  limited: 'просит обращаться реже',
  auth: 'не принимает ключ',
  payment: 'закончились оплаченные токены',
  bad_request: 'не принимает запросы',
  server: 'отвечает ошибкой',
  failed: 'отвечает ошибкой',
  shape: 'отвечает непонятно',
  unexpected: 'отвечает что-то другое на этом адресе',
}
export const causeText = (cause: string): string => causes[cause] ?? cause

const userCount = (n: number): string => counted(n, ['человек', 'человека', 'человек'])
const facts = (n: number): string => counted(n, ['событие', 'события', 'событий'])

const spentShare = (share: string | null): string => (share === null ? '' : `, израсходовано ${share}`)

export const texts = {
  title: (time: string) => `🩺 Состояние в ${time}`,
  since: (time: string, duration: string) => `с ${time}, ${duration}`,
  sinceStart: 'с запуска бота',
  notAsked: 'ещё не обращались',
  circuit: (name: Upstream, left: string | null) =>
    `${name === 'gigachat' ? 'пока отвечает вторая модель' : 'бот его пока не трогает'}, ${left === null ? 'следующий запрос будет пробным' : `проба через ${left}`}`,
  noAlerts: 'Тревог нет.',
  alertsElsewhere: 'Тревоги считает Alertmanager.',
  alerts: 'Тревоги',
  model: (inFlight: number, waiting: number) => `Модель: в работе ${inFlight}, в очереди ${waiting}`,
  queue: (n: number, oldest: string, ofNew: string) =>
    n === 0 ? 'Очередь людей: нет' : `Очередь людей: ${userCount(n)}, дольше всех ${oldest}, новому ждать ${ofNew}`,
  streams: (used: number, all: number) => `Потоки модели: занято ${used} из ${all}`,
  refusals: ({ refused, wanted, reminded }: { refused: number; wanted: number; reminded: number }) =>
    refused + wanted + reminded === 0
      ? []
      : [`Отказов из-за очереди за сутки: ${userCount(refused)}; ждут напоминания ${wanted}, напомнил ${reminded}`],
  facts: (n: number, age: string | null) =>
    n === 0 ? 'Ждут PostgreSQL: нет' : `Ждут PostgreSQL: ${facts(n)}${age === null ? '' : `, старшее ${age}`}`,
  logLines: (n: number, age: string) =>
    n === 0 ? 'Ждут Loki: нет' : `Ждут Loki: ${counted(n, ['строка', 'строки', 'строк'])}, старшая ${age}`,
  quarantined: (n: number | null) =>
    n === null
      ? 'В карантине: узнать не удалось'
      : n === 0
        ? 'В карантине: нет'
        : `⚠️ В карантине: ${facts(n)}, вернуть: npm run replay`,
  totals: (age: string) => `Итоги пересчитаны ${age} назад`,
  spentToday: (rub: string, budget: string, share: string) => `Модель сегодня: ${rub}, ${share} от ${budget} в сутки`,
  spentSinceStart: (rub: string, budget: string) =>
    `Модель с запуска: ${rub} (за сегодня узнать не удалось), бюджет ${budget} в сутки`,
  cap: {
    soft: (limit: string, share: string | null, isReached: boolean) =>
      `${isReached ? '⚠️ Достигнут мягкий' : 'Мягкий'} потолок дня: ${limit}${spentShare(share)}${isReached ? ', до полуночи ответы дешевле' : ''}`,
    hard: (limit: string, share: string | null, isReached: boolean) =>
      `${isReached ? '🔴 Достигнут жёсткий' : 'Жёсткий'} потолок дня: ${limit}${spentShare(share)}${isReached ? ', до полуночи бот не отвечает' : ''}`,
  },
  errors: {
    title: (period: string) => `⚠️ Ошибки ${period}`,
    none: (messages: string) => `Ни одной: сообщений ${messages}.`,
    sum: (errors: string, messages: string, share: string, users: number) =>
      `Без ответа ${errors} из ${messages} сообщений (${share}), это ${userCount(users)}`,
    change: (change: string) => `К прошлому периоду: ${change}`,
    stillRunning: 'день ещё идёт',
    count: (errors: string, users: number) => `${errors} у ${counted(users, ['человека', 'человек', 'человек'])}`,
    span: (first: string, last: string, errors: number) => (errors === 1 ? `${first}` : `с ${first} по ${last}`),
    last: 'Последние',
    others: (commands: number, buttons: number, since: string) =>
      commands + buttons === 0
        ? `Команды и кнопки с запуска бота (${since}) не сбоили.`
        : `Не считая сбоев команд (${commands}) и кнопок (${buttons}) с запуска бота (${since}).`,
  },
  process: (version: string, since: string, uptime: string, replica: { number: number; known: number } | null) =>
    `Версия ${version}, работает с ${since}, ${uptime}${replica === null ? '' : `. Реплика ${replica.number} из ${replica.known}`}`,
}
