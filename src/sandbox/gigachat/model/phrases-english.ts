import type { CartNews } from './cart-news.ts'

/** Whether a text was written in English, so that it is answered in English; the shop's own words stay as they are. */
export const isEnglish = (text: string) => /[a-z]{2}/i.test(text) && !/[а-яё]/i.test(text) && !text.startsWith('/')

const spoken: Record<string, string> = {
  greeting: 'Hello! What shall we put together: breakfast, dinner, or the groceries for a dish?',
  thanks: 'You are welcome! Write again whenever you need groceries.',
  able: 'I put together VkusVill carts: from a list (“milk, bread, cheese”), for a dish (“borscht for four”) or within a budget.',
  vague: 'Gladly! Is it breakfast, dinner or a snack, and for how many?',
  yes: 'Good! Write what to put into the cart and for how many.',
  no: 'Fine, I will leave it so. Write whenever you need groceries.',
  rude: 'I am sorry it went wrong. Write which groceries you need, and I will try again.',
  role: 'I only know groceries and recipes. Shall I put together a dinner?',
  instructions: 'I do not talk about how I work. Write which groceries you need.',
  advice: 'Please ask a doctor about health. I can find groceries for you.',
  order: 'Orders, delivery, payment and refunds are in the VkusVill app: I only put the cart together.',
}

/** Small talk and refusals by their reason. */
export const sayInEnglish = (why: string) => spoken[why] ?? spoken.vague ?? ''

export function sayCartInEnglish({
  missing,
  forbidden,
  replaced,
  beyond,
  softened,
  noPrevious,
  change,
  notThere,
}: CartNews): string {
  const remarks = [
    noPrevious ? 'There was no earlier cart, so this one is new.' : '',
    notThere.length > 0 ? `The cart had no ${notThere.join(', ')}.` : '',
    missing.length > 0 ? `Not found: ${missing.join(', ')}. Write what could replace it.` : '',
    forbidden.length > 0 ? `Left out because of your restrictions: ${forbidden.join(', ')}.` : '',
    replaced.length > 0
      ? `Replaced because of your restrictions: ${replaced.map(({ wish, by }) => `${wish} → ${by}`).join(', ')}.`
      : '',
    beyond.length > 0 ? `A cart holds 20 products; left out: ${beyond.join(', ')}.` : '',
    softened.length > 0 ? `No exact match for ${softened.join(', ')}: the closest is in the cart.` : '',
  ]
  const intro = change === null ? 'Your cart is ready.' : 'Here is the cart as it is now.'
  return [intro, ...remarks.filter(remark => remark !== '')].join('\n')
}
