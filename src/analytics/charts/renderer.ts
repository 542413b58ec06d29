import { Worker } from 'node:worker_threads'
import { AppError } from '../../errors.ts'

/** A picture could not be drawn; the message names the reason and nothing of what was to be drawn. */
export class ChartError extends AppError {
  readonly name = 'ChartError'
  readonly retryable = true
}

/** Turns SVG into PNG in a thread: drawing and packing a large picture takes 50–120 ms, too long for the one that answers. */
export interface Renderer {
  /** Rejects with ChartError when too many wait, when it takes too long, or after `close`. */
  render(svg: string): Promise<Buffer>
  /** Ends the picture in hand; those that wait are rejected. */
  close(): Promise<void>
}

export interface RendererOptions {
  /** How many pictures may be in hand or wait: a burst must not grow without end. */
  mostWaiting?: number
  timeoutMs?: number
  /** The script of the thread. */
  worker?: URL
}

/** One thread at a time, made for its picture: nothing stays in memory between them, and one that breaks harms no other. */
export function createRenderer(options: RendererOptions = {}): Renderer {
  const { mostWaiting = 8, timeoutMs = 15_000, worker = workerUrl() } = options
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  let running: Worker | undefined
  let closed = false

  const draw = async (svg: string): Promise<Buffer> => {
    if (closed) throw new ChartError('no picture is drawn any more')
    const thread = new Worker(worker, { workerData: svg })
    running = thread
    try {
      return await answerOf(thread, timeoutMs)
    } finally {
      running = undefined
      await thread.terminate()
    }
  }

  return {
    async render(svg) {
      if (waiting >= mostWaiting) throw new ChartError(`${waiting} pictures wait already`)
      waiting++
      const picture = last.then(() => draw(svg)).finally(() => waiting--)
      last = picture.catch(() => undefined) // told to who asked for it; the next one starts all the same
      return picture
    },
    async close() {
      closed = true
      await running?.terminate()
      await last
    },
  }
}

function answerOf(thread: Worker, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ChartError(`no picture within ${timeoutMs} ms`)), timeoutMs)
    thread.once('message', (png: unknown) => {
      if (png instanceof Uint8Array) resolve(Buffer.from(png.buffer, png.byteOffset, png.byteLength))
      else reject(new ChartError('the drawing thread answered with no picture'))
    })
    thread.once('error', cause => reject(new ChartError('the drawing thread failed', { cause })))
    thread.once('exit', () => {
      clearTimeout(timer)
      reject(new ChartError('the drawing thread ended without a picture'))
    })
  })
}

/** The compiled thread, also when this file runs uncompiled in a test: Node 20 starts no thread from TypeScript. */
function workerUrl(): URL {
  const compiled = import.meta.url.endsWith('.js')
  return new URL(compiled ? './render-worker.js' : '../../../dist/analytics/charts/render-worker.js', import.meta.url)
}
