import { expect, test } from 'vitest'
import { ChartError, createRenderer } from './renderer.ts'

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
const script = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`)
const silent = script('setInterval(() => {}, 1000)')

test('concurrent calls are rendered one after the other, each caller gets its own chart', async () => {
  const renderer = createRenderer()

  const pictures = await Promise.all([4, 5, 6].map(width => renderer.render(svg.replace('"8"', `"${width}"`))))

  expect(pictures.map(png => png.readUInt32BE(16))).toEqual([4, 5, 6])
})

test('an invalid SVG fails alone: the next one is rendered', async () => {
  const renderer = createRenderer()

  const [broken, next] = await Promise.allSettled([renderer.render('<svg'), renderer.render(svg)])

  expect(broken).toMatchObject({ status: 'rejected', reason: { name: 'ChartError' } })
  expect(next.status).toBe('fulfilled')
})

test('calls beyond the queue are rejected immediately, and there is room again afterwards', async () => {
  const renderer = createRenderer({ mostWaiting: 2 })

  const burst = await Promise.allSettled([1, 2, 3].map(() => renderer.render(svg)))
  const later = await renderer.render(svg)

  expect(burst.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  expect(later.length).toBeGreaterThan(0)
})

test('a thread that does not answer ends in a timeout', async () => {
  const renderer = createRenderer({ worker: silent, timeoutMs: 20 })

  await expect(renderer.render(svg)).rejects.toThrow(new ChartError('no picture within 20 ms'))
})

test.each([
  ['ends without an answer', '', 'the drawing thread ended without a picture'],
  ['throws', 'throw new Error("broken")', 'the drawing thread failed'],
  [
    'answers something else',
    'import { parentPort } from "node:worker_threads"; parentPort.postMessage("no")',
    'the drawing thread answered with no picture',
  ],
])('a thread that %s rejects with ChartError', async (_, code, message) => {
  const renderer = createRenderer({ worker: script(code) })

  await expect(renderer.render(svg)).rejects.toThrow(new ChartError(message))
})

test('close rejects the chart in progress and those that wait, and every later one', async () => {
  const renderer = createRenderer({ worker: silent })
  const pictures = [renderer.render(svg), renderer.render(svg)]
  const settled = Promise.allSettled(pictures)

  await renderer.close()
  await renderer.close()

  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(renderer.render(svg)).rejects.toThrow(ChartError)
})
