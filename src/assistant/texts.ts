/** What the assistant says to a person in its own words, when the model has none. */
export const assistantTexts = {
  /** The service refused the topic. */
  refused:
    'На эту тему я говорить не умею. Зато с продуктами помогу: подберу товары, рецепт или соберу корзину во ВкусВилле.',
}
