import { Resvg } from '@resvg/resvg-js'
import decodeQR from 'qr/decode.js'
import { expect, test } from 'vitest'
import { linkCard } from './link-card.ts'

test.each(['https://t.me/shop_bot?start=a', `https://t.me/${'b'.repeat(32)}?start=${'c'.repeat(64)}`])(
  'the picture of %s is read as that link, and stays within the card',
  link => {
    const picture = new Resvg(linkCard(link, 'Хабр, статья 26 ноября')).render()

    const { width, height, pixels } = picture
    expect(decodeQR({ width, height, data: new Uint8ClampedArray(pixels) })).toBe(link)
    expect(height).toBeLessThanOrEqual(1280)
  },
)
