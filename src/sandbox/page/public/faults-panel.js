import { byId, el } from './dom.js'
import { request } from './sandbox-api.js'

const services = [
  { id: 'telegram', name: 'Telegram', about: 'через него бот читает и пишет' },
  { id: 'gigachat', name: 'GigaChat', about: 'языковая модель' },
  { id: 'openai', name: 'Вторая модель', about: 'отвечает вместо GigaChat, если включена в настройках' },
  { id: 'shop', name: 'ВкусВилл', about: 'поиск продуктов и корзины' },
]
const modes = [
  ['none', 'Работает'],
  ['status', 'Отвечает ошибкой'],
  ['slow', 'Отвечает медленно'],
  ['reset', 'Рвёт соединение'],
  ['garbage', 'Отвечает ерундой'],
]
const statuses = [400, 401, 403, 404, 422, 429, 500, 502, 503]

/** Switches that break the fakes; `onCount` gets the number of broken ones. */
export function createFaultsPanel({ onCount }) {
  const forms = services.map(serviceForm)
  byId('faults').append(...forms.map(form => form.element))
  const count = () => onCount(forms.filter(form => form.isBroken()).length)

  function serviceForm({ id, name, about }) {
    const control = (key, label, input) =>
      el('label', { class: `field field-${key}`, for: input.id }, el('span', {}, label), input)
    const mode = el('select', { id: `${id}-mode` }, ...modes.map(([value, words]) => el('option', { value }, words)))
    const status = el(
      'select',
      { id: `${id}-status` },
      ...statuses.map(code => el('option', { value: code, selected: code === 500 }, String(code))),
    )
    const delay = el('input', { id: `${id}-delay`, type: 'number', min: '0', max: '600', step: '0.5', value: '5' })
    const rate = el('input', { id: `${id}-rate`, type: 'range', min: '5', max: '100', step: '5', value: '100' })
    const share = el('output', { for: rate.id }, '100 %')
    const element = el(
      'fieldset',
      { class: 'service' },
      el('legend', {}, name),
      el('p', { class: 'about' }, about),
      control('mode', 'Состояние', mode),
      control('status', 'Код ответа', status),
      control('delay', 'Пауза, секунд', delay),
      el('label', { class: 'field field-rate', for: rate.id }, el('span', {}, 'Доля запросов: ', share), rate),
    )
    const draw = () => {
      element.dataset.mode = mode.value
      element.dataset.status = status.value
      share.textContent = `${rate.value} %`
    }
    const apply = async () => {
      draw()
      count()
      await request('faults', {
        service: id,
        mode: mode.value,
        status: Number(status.value),
        delay_ms: Math.round(Number(delay.value) * 1000),
        rate: Number(rate.value) / 100,
      })
    }
    element.addEventListener('change', apply)
    rate.addEventListener('input', draw)
    return {
      element,
      isBroken: () => mode.value !== 'none',
      show(fault) {
        mode.value = fault.mode
        if (fault.mode !== 'none') {
          status.value = String(fault.status)
          delay.value = String(fault.delay_ms / 1000)
          rate.value = String(Math.round(fault.rate * 100))
        }
        draw()
      },
      async mend() {
        mode.value = 'none'
        await apply()
      },
    }
  }
  byId('mend').addEventListener('click', () => Promise.all(forms.map(form => form.mend())))

  return {
    async start() {
      const faults = await request('faults')
      for (const [i, { id }] of services.entries()) forms[i].show(faults[id])
      count()
    },
  }
}
