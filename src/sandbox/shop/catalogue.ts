import { bread } from './catalogue/bread.ts'
import { cheese } from './catalogue/cheese.ts'
import { dairy } from './catalogue/dairy.ts'
import { drinks } from './catalogue/drinks.ts'
import { family } from './catalogue/family.ts'
import { fish } from './catalogue/fish.ts'
import { frozen } from './catalogue/frozen.ts'
import { fruit } from './catalogue/fruit.ts'
import { groceries } from './catalogue/groceries.ts'
import { household } from './catalogue/household.ts'
import { meat } from './catalogue/meat.ts'
import { readyMeals } from './catalogue/ready-meals.ts'
import { sauces } from './catalogue/sauces.ts'
import { sweets } from './catalogue/sweets.ts'
import { vegetables } from './catalogue/vegetables.ts'
import { readDepartments } from './catalogue-table.ts'
import type { CatalogueProduct } from './product.ts'

/** The whole assortment of the fake shop. */
export const catalogue: readonly CatalogueProduct[] = readDepartments([
  dairy,
  cheese,
  bread,
  vegetables,
  fruit,
  meat,
  fish,
  groceries,
  sauces,
  frozen,
  readyMeals,
  sweets,
  drinks,
  family,
  household,
])
