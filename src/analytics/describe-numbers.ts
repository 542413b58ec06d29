import pg from 'pg'
import type { Db } from '../db/db.ts'
import {
  funnelDefinition,
  funnelOpenDefinition,
  summaryNumbers,
  type TableDefinition,
  tableNumbers,
} from './dictionary.ts'

/** Stores the definitions of the dictionary as SQL comments on the views and functions of the schema `analytics`. */
export async function describeNumbers(db: Db): Promise<void> {
  await db.query('describe_numbers', comments().join(';\n'))
}

function comments(): string[] {
  const block = summaryNumbers.map(({ label, unit, definition }) => `${label} (${unit}): ${definition}`).join('\n')
  return [
    comment('function analytics.summary', block),
    comment('function analytics.funnel', funnelDefinition),
    comment('function analytics.funnel_open', funnelOpenDefinition),
    ...tableNumbers.flatMap(table => (table.kind === 'view' ? viewComments(table) : functionComments(table))),
  ]
}

const viewComments = ({ name, row, columns }: TableDefinition): string[] => [
  comment(`view analytics.${name}`, row),
  ...Object.entries(columns).map(([column, text]) => comment(`column analytics.${name}.${column}`, text)),
]

/** One comment for the function: PostgreSQL has none for the columns that it returns. */
const functionComments = ({ name, row, columns }: TableDefinition): string[] => {
  const lines = Object.entries(columns).map(([column, text]) => `${column}: ${text}`)
  return [comment(`function analytics.${name}`, [row, ...lines].join('\n'))]
}

const comment = (object: string, text: string): string => `comment on ${object} is ${pg.escapeLiteral(text)}`
