import type { AllowanceSettings } from '../conversation.ts'
import { html } from '../html.ts'
import { cartsToGet } from '../wording.ts'

export const texts = {
  help: ({ surveyBonus, referralBonus }: AllowanceSettings, contact: string | undefined) => html`<b>Как это работает</b>

Напишите обычными словами, что нужно: список продуктов, блюдо на несколько человек, бюджет. Я ищу в каталоге ВкусВилла, собираю одну корзину и присылаю список с ценами и кнопку. Корзину можно поправить: «добавь яблоки», «замени сыр на дешевле».

Умею посчитать продукты по рецепту, уложиться в бюджет, прикинуть КБЖУ и запомнить предпочтения («не ем грибы»). Читаю только текст и подписи к фото.

<b>Чего не умею:</b> оформлять заказ, видеть ваш адрес и остатки в конкретном магазине. Скидки и точную сумму покажет сайт. Состав при аллергии проверяйте на упаковке.

<b>Команды</b>
/reset – начать разговор заново
/survey – короткий опрос после первой корзины, за него ещё ${cartsToGet(surveyBonus)}
/invite – позвать друга, за него ещё ${cartsToGet(referralBonus)}
/me – что я о вас знаю
/privacy – как обрабатываются данные
/delete_me – удалить все данные${contact === undefined ? '' : `\n\nСвязь: ${contact}`}`,
  reset: html`Разговор забыт, начинаем с чистого листа. Что собрать?`,
  unknownCommand: html`Такой команды я не знаю. Просто напишите, какие продукты нужны, или откройте /help.`,
  oldButton: 'Эта кнопка больше не работает. Напишите, что нужно, или откройте /help',
}

/** The menu of commands in Telegram. */
export const commandMenu = [
  { command: 'start', description: 'Начать' },
  { command: 'help', description: 'Как это работает' },
  { command: 'reset', description: 'Начать разговор заново' },
  { command: 'invite', description: 'Пригласить друга' },
  { command: 'survey', description: 'Пройти опрос и получить корзины' },
  { command: 'me', description: 'Что бот обо мне знает' },
  { command: 'privacy', description: 'Обработка данных' },
  { command: 'delete_me', description: 'Удалить мои данные' },
] as const
