import { z } from 'zod'
import type { Panel } from './look-of-panels.ts'

export const Board = z.looseObject({
  title: z.string(),
  time: z.looseObject({ from: z.string() }),
  annotations: z.looseObject({ list: z.array(z.looseObject({ name: z.string().optional() })).optional() }).optional(),
  panels: z.array(z.looseObject({ type: z.string(), title: z.string().optional() })),
})
export type Board = z.infer<typeof Board>

type BoardRule = (board: Board, panels: readonly Panel[]) => string[]

const openPanels = 20

/** Twenty-six open panels are too many to read. */
const crowded: BoardRule = ({ panels }) =>
  panels.filter(({ type }) => type !== 'row').length > openPanels ? ['too many panels that are not collapsed'] : []

const gaps: BoardRule = (_, panels) => {
  const lines = new Map<number, number>()
  for (const { gridPos } of panels) lines.set(gridPos.y, (lines.get(gridPos.y) ?? 0) + gridPos.w)
  return [...lines.values()].some(width => width !== 24) ? ['a blank beside a panel'] : []
}

const answer = ['Всё ли хорошо', 'Чем кончилось']
const first: BoardRule = ({ panels: [row, one] }) =>
  row?.type === 'row' && answer.includes(row.title ?? '') && ['stat', 'table'].includes(one?.type ?? '')
    ? []
    : ['does not begin with whether it is well']

const isGraphOfPrometheus = ({ type, targets }: Panel) =>
  type === 'timeseries' && targets.some(({ datasource }) => datasource?.type === 'prometheus')
const annotated = ({ annotations }: Board, name: string) => annotations?.list?.some(each => each.name === name) === true

const unexplained: BoardRule = (board, panels) =>
  panels.some(isGraphOfPrometheus) && !(annotated(board, 'Тревоги') && annotated(board, 'Выпуски'))
    ? ['no alerts and releases on its graphs']
    : []

/** Prometheus may know the last hours of the days that are shown. */
const sparse: BoardRule = (board, panels) => {
  const graphs = board.time.from.endsWith('/d') ? panels.filter(isGraphOfPrometheus) : []
  const dots = graphs.filter(({ fieldConfig }) => fieldConfig?.defaults.custom.showPoints !== 'never')
  return [
    ...dots.map(({ title }) => `${title}: a dot where Prometheus has just begun to count`),
    ...(graphs.length > 0 && !annotated(board, 'Счёт Prometheus')
      ? ['does not show since when Prometheus counts']
      : []),
  ]
}

/** What misleads in a dashboard as a whole. */
export const boardRules: readonly BoardRule[] = [crowded, gaps, first, unexplained, sparse]
