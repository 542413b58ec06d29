/** Shelves and products of the fake shop, before they are put into the shape of the wire. */

/** A leaf category: what a shopper would look under. The facts of the shelf hold for every product on it. */
export interface Shelf {
  id: number
  name: string
  slug: string
  /** «Срок годности» and «Условия хранения» of its products. */
  keeps: string
  storage: string
}

export interface Department {
  id: number
  name: string
  slug: string
}

/** Under which condition the discounted price holds. */
export type DiscountCondition =
  | { kind: 'quantity'; from: number }
  | { kind: 'card' }
  | { kind: 'online' }
  | { kind: 'until'; days: number }

/** Roubles. `old` and `condition` are null for a price without discount. */
export interface CataloguePrice {
  current: number
  old: number | null
  condition: DiscountCondition | null
}

/** Per 100 g; `carbs` is null where the card leaves it out. */
export interface CatalogueNutrition {
  protein: number
  fat: number
  carbs: number | null
  kcal: number
}

export interface CatalogueProduct {
  id: number
  xmlId: number
  /** Plain text; entities are made on the wire. */
  name: string
  /** Null for the few products whose price the shop does not know. */
  price: CataloguePrice | null
  unit: string
  /** Kilograms in one piece; null for loose goods sold by weight. */
  weightKg: number | null
  rating: { average: number; count: number } | null
  nutrition: CatalogueNutrition | null
  composition: string | null
  /** Synonyms; the search treats them as its name. */
  aliases: readonly string[]
  /** Also searched, as the shop's own search looks into descriptions. */
  description: string
  brand: string
  ownBrand: boolean
  shelf: Shelf
  department: Department
}
