const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split('|')
    .map(cell => cell.trim())

const isRule = (line: string) => line.includes('|') && cellsOf(line).every(cell => /^:?-+:?$/.test(cell))
const isFramed = (line: string) => /^\s*\|.*\|\s*$/.test(line) && cellsOf(line).length > 1

const joined = (line: string) =>
  cellsOf(line)
    .filter(cell => cell !== '')
    .join(' – ')

/** Tables of Markdown as lists: a row becomes a line, the head a line with a colon. Other text with bars stays. */
export function tablesToLines(text: string): string {
  if (!text.includes('|')) return text
  const lines = text.split('\n')
  let isTable = false
  return lines
    .flatMap((line, i) => {
      const isHead = line.includes('|') && isRule(lines[i + 1] ?? '')
      if (isRule(line)) isTable = true
      else isTable = (isTable && line.includes('|')) || isFramed(line)
      if (isHead) return [`${joined(line)}:`]
      if (isRule(line)) return []
      return [isTable ? `- ${joined(line)}` : line]
    })
    .join('\n')
}
