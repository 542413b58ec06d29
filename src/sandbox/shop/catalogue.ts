import { bread } from './catalogue/bread.ts'
import { cheese } from './catalogue/cheese.ts'
import { dairy } from './catalogue/dairy.ts'
import { vegetables } from './catalogue/vegetables.ts'
import { readDepartments } from './catalogue-table.ts'
import type { StandInProduct } from './product.ts'

/** The whole assortment of the stand-in shop. */
export const catalogue: readonly StandInProduct[] = readDepartments([dairy, cheese, bread, vegetables])
