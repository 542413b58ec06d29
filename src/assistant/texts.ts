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
  /** The user's roubles of the day are used up. */
  budgetUsedUp:
    'На сегодня я сделал для вас всё, что мог: дневной запас ответов закончился. Напишите завтра, продолжим с того же места. Корзины, которые уже собраны, открываются по своим ссылкам и сегодня.',
}
