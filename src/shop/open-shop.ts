import type { Teardown } from '../process/teardown.ts'
import { createShop, type ShopDeps } from './create-shop.ts'
import type { Shop } from './shop.ts'

export interface OpenShopDeps extends Pick<ShopDeps, 'log' | 'register' | 'now'> {
  /** Sent to the shop with the name of the bot. */
  version: string
  settings: Pick<ShopDeps, 'proxy' | 'affiliate'> & { shop: { mcpUrl: string; perSecond: number } }
  teardown: Teardown
}

/** Opens the shop at the pace that the settings allow. */
export function openShop({ settings, teardown, log, register, now, version }: OpenShopDeps): Shop {
  const { proxy, affiliate } = settings
  const { mcpUrl, perSecond } = settings.shop
  const limits = { perSecond, burst: perSecond * 4 }
  const shop = createShop({ log, register, now, version, mcpUrl, proxy, affiliate, limits })
  teardown.add(() => shop.close())
  return shop
}
