import type { Sleep } from '../../../process/sleep.ts'
import { DeliveryError } from './alert-channel.ts'

const pausesMs = [1_000, 4_000]

/** Runs a delivery up to three times, while what failed may pass. Rejects with the last DeliveryError. */
export async function tryDelivery(channel: string, deliver: () => Promise<void>, sleep: Sleep): Promise<void> {
  for (const pauseMs of [...pausesMs, null]) {
    try {
      return await deliver()
    } catch (err) {
      // the cause is left out: it may hold the address
      const failure = err instanceof DeliveryError ? err : new DeliveryError(channel, 'no connection', true)
      if (!failure.retryable || pauseMs === null) throw failure
      await sleep(pauseMs)
    }
  }
}
