import { addDays } from '../period.ts'

/** What every chart takes beside its numbers. */
export interface ChartFrame {
  title: string
  /** The running day, `YYYY-MM-DD`: it and its week are hollow, and left out of means. */
  today: string
}

/** Whether a day is not over; the numbers of one from the future are no more final. */
export const runs = (day: string, { today }: ChartFrame): boolean => day >= today

/** Whether the week that begins on this Monday is not over. */
export const weekRuns = (monday: string, frame: ChartFrame): boolean => runs(addDays(monday, 6), frame)

export const dayRunsNote = { text: 'день ещё идёт', hollow: true } as const
export const weekRunsNote = { text: 'неделя ещё идёт', hollow: true } as const
