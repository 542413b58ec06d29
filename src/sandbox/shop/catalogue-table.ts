import type {
  CatalogueNutrition,
  CataloguePrice,
  CatalogueProduct,
  Department,
  DiscountCondition,
  Shelf,
} from './product.ts'

/** A department as written in the data files: its shelves hold their products as a table, one product a line. */
export interface DepartmentTable extends Department {
  shelves: readonly (Shelf & { rows: string })[]
}

/**
 * Reads the product tables. Columns, divided by `|`, the last three may be left out:
 *
 *     id | name | price | unit kg | rating count | protein fat carbs kcal | composition | key=value; …
 *
 * - price: `93`; `89 <119` with the old price; `89 <119 @2` from 2 pieces, `@card`, `@online`, `@5d` for five days more; `-` unknown
 * - unit: `шт 0.9` with the weight of a piece in kg, `кг` alone for loose goods
 * - keys: `xml` (when it differs from id), `also` (other words for it), `about` (description, searched too), `brand` (not the shop's own)
 *
 * Throws on a line it cannot read: the tables are ours, so that is a mistake in them.
 */
export function readDepartments(departments: readonly DepartmentTable[]): CatalogueProduct[] {
  return departments.flatMap(({ shelves, ...department }) =>
    shelves.flatMap(({ rows, ...shelf }) =>
      rows
        .trim()
        .split('\n')
        .map(line => readRow(line, shelf, department)),
    ),
  )
}

function readRow(line: string, shelf: Shelf, department: Department): CatalogueProduct {
  const [id = '', name = '', price = '', sold = '', rating = '', nutrition = '', composition = '', extras = ''] = line
    .split('|')
    .map(column => column.trim())
  const fail = (what: string) => new Error(`catalogue: ${what} in «${line.trim()}»`)
  const [unit, weight] = sold.split(' ')
  if (name === '' || unit === undefined || unit === '') throw fail('no name or unit')
  const keys = readKeys(extras)
  const brand = keys.get('brand')
  return {
    id: readNumber(id, fail),
    xmlId: readNumber(keys.get('xml') ?? id, fail),
    name,
    price: readPrice(price, fail),
    unit,
    weightKg: weight === undefined ? null : readNumber(weight, fail),
    rating: readRating(rating, fail),
    nutrition: readNutrition(nutrition, fail),
    composition: composition === '' ? null : composition,
    aliases: keys.get('also')?.split(', ') ?? [],
    description: keys.get('about') ?? '',
    brand: brand ?? 'ВкусВилл',
    ownBrand: brand === undefined,
    shelf,
    department,
  }
}

type Fail = (what: string) => Error

function readNumber(text: string | undefined, fail: Fail): number {
  const value = Number(text)
  if (text === undefined || text === '' || !Number.isFinite(value)) throw fail(`«${text}» is no number`)
  return value
}

function readKeys(text: string): Map<string, string> {
  const pairs = text === '' ? [] : text.split(';').map(pair => pair.split('='))
  return new Map(pairs.map(([key = '', value = '']) => [key.trim(), value.trim()]))
}

function readPrice(text: string, fail: Fail): CataloguePrice | null {
  if (text === '-') return null
  const [current, ...rest] = text.split(' ')
  const old = rest.find(part => part.startsWith('<'))
  const condition = rest.find(part => part.startsWith('@'))
  return {
    current: readNumber(current, fail),
    old: old === undefined ? null : readNumber(old.slice(1), fail),
    condition: condition === undefined ? null : readCondition(condition.slice(1), fail),
  }
}

function readCondition(text: string, fail: Fail): DiscountCondition {
  if (text === 'card') return { kind: 'card' }
  if (text === 'online') return { kind: 'online' }
  if (text.endsWith('d')) return { kind: 'until', days: readNumber(text.slice(0, -1), fail) }
  return { kind: 'quantity', from: readNumber(text, fail) }
}

function readRating(text: string, fail: Fail): CatalogueProduct['rating'] {
  if (text === '' || text === '-') return null
  const [average, count] = text.split(' ')
  return { average: readNumber(average, fail), count: readNumber(count, fail) }
}

function readNutrition(text: string, fail: Fail): CatalogueNutrition | null {
  if (text === '') return null
  const [protein, fat, carbs, kcal] = text.split(' ')
  return {
    protein: readNumber(protein, fail),
    fat: readNumber(fat, fail),
    carbs: carbs === '-' ? null : readNumber(carbs, fail),
    kcal: readNumber(kcal, fail),
  }
}
