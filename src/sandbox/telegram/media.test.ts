import { InputFile } from 'grammy'
import { describe, expect, test } from 'vitest'
import { createFileStore } from './file-store.ts'
import { imageSize } from './image-size.ts'
import { refusal, serveTelegram, token } from './testing/serve-telegram.ts'

/** The header of a PNG of this size; the fake looks no further. */
function png(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(40)
  bytes.writeUInt32BE(0x89504e47, 0)
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}

async function chatWithUser() {
  const served = await serveTelegram()
  served.act.send(7, { text: 'график' })
  return served
}

describe('sendPhoto', () => {
  test('keeps the picture, its caption and buttons, and serves the bytes', async () => {
    const { api, url } = await chatWithUser()
    const reply_markup = { inline_keyboard: [[{ text: 'ещё', callback_data: 'more' }]] }

    const sent = await api.sendPhoto(7, new InputFile(png(800, 600), 'chart.png'), {
      caption: '<b>Воронка</b>',
      parse_mode: 'HTML',
      reply_markup,
    })
    const { file_path } = await api.getFile(sent.photo[0]?.file_id ?? '')
    const download = await fetch(`${url}/file/bot${token}/${file_path}`)

    expect(sent).toMatchObject({
      photo: [{ width: 800, height: 600 }],
      caption: 'Воронка',
      caption_entities: [{ type: 'bold' }],
      reply_markup,
    })
    expect(Buffer.from(await download.arrayBuffer())).toEqual(png(800, 600))
  })

  test('a known file id can be sent again and its caption edited', async () => {
    const { api } = await chatWithUser()
    const sent = await api.sendPhoto(7, new InputFile(png(10, 10)))

    const again = await api.sendPhoto(7, sent.photo[0]?.file_id ?? '')
    const edited = await api.editMessageCaption(7, again.message_id, { caption: 'снова' })

    expect(edited).toMatchObject({ photo: sent.photo, caption: 'снова' })
  })

  test.each([
    ['no picture', new InputFile(Buffer.from('text')), {}, 'IMAGE_PROCESS_FAILED'],
    ['an empty file', new InputFile(Buffer.alloc(0)), {}, 'file must be non-empty'],
    ['a strip', new InputFile(png(2100, 100)), {}, 'PHOTO_INVALID_DIMENSIONS'],
    ['a huge picture', new InputFile(png(6000, 4001)), {}, 'PHOTO_INVALID_DIMENSIONS'],
    ['an unknown file id', 'AgACunknown', {}, 'wrong file identifier/HTTP URL specified'],
    ['an address', 'https://vkusvill.ru/x.png', {}, 'failed to get HTTP URL content'],
    ['a long caption', new InputFile(png(10, 10)), { caption: 'я'.repeat(1025) }, 'message caption is too long'],
  ])('refuses %s', async (_what, photo, options, problem) => {
    const { api } = await chatWithUser()

    const refused = await refusal(api.sendPhoto(7, photo, options))

    expect(refused).toEqual({ code: 400, description: `Bad Request: ${problem}` })
  })

  test('over ten megabytes the request is too large', async () => {
    const { api } = await chatWithUser()
    const large = Buffer.concat([png(10, 10), Buffer.alloc(10 * 1024 * 1024)])

    const refused = await refusal(api.sendPhoto(7, new InputFile(large)))

    expect(refused).toEqual({ code: 413, description: 'Request Entity Too Large' })
  })
})

test('a document keeps its name and type', async () => {
  const { api, act } = await chatWithUser()

  await api.sendDocument(7, new InputFile(Buffer.from('a,b'), 'report.csv'), { caption: 'отчёт' })

  expect(act.messages(7)[1]).toMatchObject({
    document: { file_name: 'report.csv', mime_type: 'text/csv', file_size: 3 },
    caption: 'отчёт',
  })
})

test('the file store drops the oldest files beyond its capacity', () => {
  const files = createFileStore({ capacityBytes: 10 })
  const first = files.add('photos', 'a.png', Buffer.alloc(6))
  const second = files.add('photos', 'b.png', Buffer.alloc(6))

  expect(files.byId(first.id)).toBeUndefined()
  expect(files.byPath(first.path)).toBeUndefined()
  expect(files.byPath(second.path)).toBe(second)
})

describe('imageSize', () => {
  const jpeg = Buffer.from('ffd8ffe000040000ffc0001108003200640300000000', 'hex')
  const gif = Buffer.from('474946383961640032000000', 'hex')
  const webp = (kind: string, rest: string) =>
    Buffer.concat([Buffer.from('RIFF0000WEBP'), Buffer.from(kind), Buffer.from(rest, 'hex'), Buffer.alloc(16)])

  test.each([
    ['png', png(100, 50)],
    ['jpg', jpeg],
    ['gif', gif],
    ['webp', webp('VP8 ', '000000000000009d012a64003200')],
    ['webp', webp('VP8X', '0a00000000000000630000310000')],
    ['webp', webp('VP8L', '000000002f63400c00')],
  ])('reads a %s', (extension, bytes) => {
    expect(imageSize(bytes)).toEqual({ extension, width: 100, height: 50 })
  })

  test('anything else is no picture', () => {
    expect(imageSize(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1">'))).toBeUndefined()
    expect(imageSize(webp('VP9 ', ''))).toBeUndefined()
    expect(imageSize(Buffer.from('ffd8ffd9ffd9ffd9ffd9', 'hex'))).toBeUndefined()
  })
})

test('a picture is replaced in its message, with its caption and buttons; the bytes are the new ones', async () => {
  const { api, act } = await chatWithUser()
  const sent = await api.sendPhoto(7, new InputFile(png(10, 10)), { caption: 'старая' })

  const edited = await api.editMessageMedia(
    7,
    sent.message_id,
    { type: 'photo', media: new InputFile(png(30, 20)), caption: 'новая' },
    { reply_markup: { inline_keyboard: [[{ text: 'ещё', callback_data: 'more' }]] } },
  )
  const text = await refusal(api.editMessageMedia(7, sent.message_id, { type: 'video', media: 'x' }))

  expect(edited).toMatchObject({ message_id: sent.message_id, caption: 'новая', photo: [{ width: 30, height: 20 }] })
  expect(act.messages(7).at(-1)).toMatchObject({ caption: 'новая', photo: [{ width: 30 }] })
  expect(text).toMatchObject({ code: 400 })
})
