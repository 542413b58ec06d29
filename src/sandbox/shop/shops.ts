/** A few shops, so that the shop finder has an answer. */
export const shops = [
  { id: 101, name: 'Избёнка на Тверской', address: 'Москва, ул. Тверская, 12', subway: 'Тверская' },
  { id: 102, name: 'Магазин на Ленинском', address: 'Москва, Ленинский проспект, 60', subway: 'Университет' },
  { id: 103, name: 'Магазин на Невском', address: 'Санкт-Петербург, Невский проспект, 88', subway: 'Маяковская' },
].map(shop => ({ ...shop, opening_hours: '08:00–23:00' }))
