import type { Cap } from './cap-metrics.ts'

/** The assistant's own texts for users, where the model wrote none. */
export const assistantTexts = {
  /** The service refused the topic. */
  refused:
    'На эту тему я говорить не умею. Зато с продуктами помогу: подберу товары, рецепт или соберу корзину во ВкусВилле.',
  /** A cart made again without the model is refused for what the user must not get. */
  restricted: (names: readonly string[]) =>
    `Корзину не собрал: по вашим ограничениям не подходит ${names.join(', ')}. Напишите, чем заменить.`,
  /** A cart made again without the model is refused for any other reason. */
  notMade: 'Корзину собрать не вышло. Напишите, пожалуйста, список ещё раз.',
  /** What the dialogue stores as the answer to a message that was stopped. */
  stopped: 'Остановился по вашей просьбе.',
  /** The roubles of the day are used up, those of the user or of all; the model may be asked again in `leftMs`. */
  capReached: (cap: Cap, leftMs: number) => {
    const why =
      cap === 'user_hard'
        ? 'На сегодня я сделал для вас всё, что мог: ваш дневной запас ответов закончился.'
        : 'Сегодня мне написало очень много людей, и дневной запас ответов закончился на всех.'
    return `${why} Напишите завтра (${timeLeft(leftMs)}), продолжим с того же места. Корзины, которые уже собраны, открываются по своим ссылкам и сегодня.`
  },
}

/** «через 5 ч», never less than it takes; the day of the bot may begin at another hour than that of the user. */
function timeLeft(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000))
  return minutes < 60 ? `через ${minutes} мин` : `через ${Math.ceil(minutes / 60)} ч`
}
