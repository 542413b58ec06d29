import { Worker } from 'node:worker_threads'
import { AppError } from '../../errors.ts'
import { threadModule } from '../../process/places.ts'

/** Rendering failed. The message names the reason and contains no data of the chart. */
export class ChartError extends AppError {
  readonly name = 'ChartError'
  readonly retryable = true
}

/** Renders SVG to PNG in a worker thread: a large chart takes 50–120 ms, too long for the event loop. */
export interface Renderer {
  /** Rejects with ChartError if the queue is full, after the timeout, or after `close`. */
  render(svg: string): Promise<Buffer>
  /** Aborts the chart in progress and rejects those that wait. */
  close(): Promise<void>
}

export interface RendererOptions {
  /** Bound of the queue, the chart in progress included. */
  mostWaiting?: number
  timeoutMs?: number
  /** Script of the worker thread. */
  worker?: URL
}

/** Starts a thread for each chart, one at a time: no memory is held between charts, and a crash affects one chart only. */
export function createRenderer(options: RendererOptions = {}): Renderer {
  const { mostWaiting = 8, timeoutMs = 15_000, worker = threadModule('analytics/charts/render-worker.js') } = options
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
      last = picture.catch(() => undefined) // reported to its caller; the next one starts regardless
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
