import { count, percent, short } from '../show.ts'

/** Number that fits a column: in full as in the text, from ten million on shortened. */
export const fitting = (value: number): string => (Math.abs(value) < 1e7 ? count(value) : short(value))

/** «34 %» without tenths, which would crowd a table. */
export const wholePercent = (share: number): string => percent(Math.round(share * 100) / 100)

/** Formats `2026-02-07` as «07.02». */
export const shortDate = (day: string): string => `${day.slice(8, 10)}.${day.slice(5, 7)}`
