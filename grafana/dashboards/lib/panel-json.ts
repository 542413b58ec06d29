import { z } from 'zod'

const Row = z.looseObject({ panels: z.array(z.looseObject({})).optional() })
const Panels = z.looseObject({ panels: z.array(Row) })

/** Panels of a dashboard's JSON without its rows; a collapsed row holds its own. */
export const panelsOf = (json: unknown): unknown[] =>
  Panels.parse(json)
    .panels.flatMap(panel => [panel, ...(panel.panels ?? [])])
    .filter(({ type }) => type !== 'row')
