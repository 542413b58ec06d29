import type { Shop } from '../../shop/shop.ts'
import type { Users } from '../../users/users.ts'
import type { AssistantMetrics } from '../metrics.ts'
import { createRecipeBook } from '../recipes/recipe-book.ts'
import { createCartTool } from './cart-link-create.ts'
import { createNutritionTool } from './nutrition.ts'
import { createPreferenceTools } from './preferences.ts'
import { createProductDetailsTool } from './product-details.ts'
import { createProductsSearchTool } from './products-search.ts'
import { createRecipeTool } from './recipe-ingredients.ts'
import { createRestrictionsTool } from './restrictions.ts'
import { createSearchProducts } from './search-products.ts'
import type { Tool } from './tool.ts'

/** The part of the user record that tools read and change. */
export type ToolUsers = Pick<
  Users,
  | 'allowance'
  | 'cartCreated'
  | 'lastCart'
  | 'preferences'
  | 'setPreference'
  | 'deletePreference'
  | 'restrictions'
  | 'addRestriction'
  | 'removeRestriction'
>

interface ToolsDeps {
  shop: Pick<Shop, 'search' | 'details' | 'createCart'>
  users: ToolUsers
  metrics: Pick<AssistantMetrics, 'carts'>
}

/** Every tool the model is offered, in the order of `toolNames`. */
export function createTools({ shop, users, metrics }: ToolsDeps): Tool[] {
  const searchProducts = createSearchProducts(shop)
  return [
    createProductsSearchTool(searchProducts),
    createProductDetailsTool(shop),
    createCartTool({ shop, users, metrics }),
    createRecipeTool({ book: createRecipeBook(), searchProducts }),
    createNutritionTool({ shop, users }),
    ...createPreferenceTools(users),
    createRestrictionsTool(users),
  ]
}
