import type { RedisScripts } from '../process/redis-scripts.ts'
import type { Teardown } from '../process/teardown.ts'
import { createShop, type ShopDeps } from './create-shop.ts'
import type { Shop } from './shop.ts'

export interface OpenShopDeps extends Pick<ShopDeps, 'log' | 'register' | 'now' | 'elapsedMs'> {
  /** Sent to the shop with the name of the bot. */
  version: string
  settings: Pick<ShopDeps, 'proxy' | 'affiliate'> & { shop: { mcpUrl: string; perSecond: number } }
  /** Shares the pace between processes; without it this one has it for itself. */
  redis: RedisScripts | undefined
  teardown: Teardown
}

/** Calls that may be sent immediately after a pause, in seconds of the pace. */
const burstSeconds = 4

/** Opens the shop at the pace that the settings allow: in any 60 s at most 60 times `perSecond` calls. */
export function openShop({ settings, teardown, log, register, now, elapsedMs, version, redis }: OpenShopDeps): Shop {
  const { proxy, affiliate } = settings
  const { mcpUrl, perSecond } = settings.shop
  const limits = { perSecond, burst: perSecond * burstSeconds }
  const shop = createShop({ log, register, now, elapsedMs, version, mcpUrl, proxy, affiliate, limits, redis })
  teardown.add(() => shop.close())
  return shop
}
