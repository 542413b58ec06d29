import { z } from 'zod'
import { Board, boardRules } from './look-of-boards.ts'
import { Panel, panelRules } from './look-of-panels.ts'
import { panelsOf } from './panel-json.ts'

/** What a reader would be misled by on these dashboards, each with its place; among them one name in two colours. */
export function checkLook(boards: readonly unknown[]): string[] {
  const panels = boards.map(json => z.array(Panel).parse(panelsOf(json)))
  const problems = boards.flatMap((json, i) => {
    const board = Board.parse(json)
    const own = panels[i] ?? []
    return [
      ...boardRules.flatMap(rule => rule(board, own)).map(problem => `${board.title}: ${problem}`),
      ...own.flatMap(panel =>
        panelRules.flatMap(rule => rule(panel)).map(problem => `${board.title} / ${panel.title}: ${problem}`),
      ),
    ]
  })
  return [...problems, ...mixedColours(panels.flat())]
}

function mixedColours(panels: readonly Panel[]): string[] {
  const colours = new Map<string, Set<string>>()
  for (const { matcher, properties } of panels.flatMap(({ fieldConfig }) => fieldConfig?.overrides ?? [])) {
    const shown = String(properties.find(({ id }) => id === 'displayName')?.value ?? matcher.options)
    const colour = properties.find(({ id }) => id === 'color')?.value
    if (colour !== undefined) colours.set(shown, (colours.get(shown) ?? new Set()).add(JSON.stringify(colour)))
  }
  return [...colours].filter(([, found]) => found.size > 1).map(([name]) => `${name} has more than one colour`)
}
