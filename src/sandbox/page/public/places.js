/**
 * Where links of the bot lead in the sandbox: a cart to the page that shows it, an invitation to a chat as a new friend. All
 * others stay what they are.
 */
export function localAddress(url, botName) {
  const { hostname, pathname, searchParams } = new URL(url)
  const basket = searchParams.get('share_basket')
  if (hostname === 'vkusvill.ru' && /^\d+$/.test(basket ?? '')) return `basket.html#${basket}`
  if (hostname !== 't.me') return url
  if (pathname === '/share/url') {
    const shared = searchParams.get('url') ?? ''
    return URL.canParse(shared) && shared !== url ? localAddress(shared, botName) : url
  }
  const payload = searchParams.get('start') ?? ''
  return pathname === `/${botName}` && startPayload.test(payload) ? `./#start=${payload}` : url
}

/** What Telegram allows behind `?start=`. */
const startPayload = /^[\w-]{1,64}$/

/** The payload with which a link opened the page, as `?start=` or `#start=`; null when the page was opened otherwise. */
export function invitedWith({ hash, search }) {
  const payload = hash.startsWith('#start=') ? hash.slice('#start='.length) : new URLSearchParams(search).get('start')
  return startPayload.test(payload ?? '') ? payload : null
}
