import { readFile } from 'node:fs/promises'
import { projectFolder } from '../../process/places.ts'
import { type Html, html, joinHtml } from '../html.ts'

const file = new URL('docs/runbook.md', projectFolder)

/** What docs/runbook.md says of an alert, as HTML; null when it says nothing, or is not installed. */
export async function runbookOf(name: string): Promise<Html | null> {
  const page = await readFile(file, 'utf8').catch(() => '')
  const section = page.split(/^(?=#{2,3} )/m).find(part => part.startsWith(`### ${name}\n`))
  if (section === undefined) return null
  const [title = '', ...rest] = section.split('\n')
  return joinHtml([html`<b>${title.replace(/^#+ /, '')}</b>`, readMarkdown(rest.join('\n'))], '\n\n')
}

/** Reads the part of Markdown that the runbook uses: paragraphs, lists, code, bold text; of links only their text. */
function readMarkdown(markdown: string): Html {
  const blocks = markdown.split(/^(```[\s\S]*?^```)$/m).flatMap((block, i) => {
    if (i % 2 === 1) return [html`<pre>${block.replace(/^```.*\n|\n?```$/g, '')}</pre>`]
    return block
      .trim()
      .split(/\n{2,}/)
      .filter(paragraph => paragraph !== '')
      .map(readParagraph)
  })
  return joinHtml(blocks, '\n\n')
}

/** Lines are joined, but for those that begin an item of a list. */
function readParagraph(paragraph: string): Html {
  const oneLine = (line: string) =>
    line
      .split('\n')
      .map(part => part.trim())
      .join(' ')
      .trim()
  const lines = paragraph.split(/\n(?= {0,8}(?:[-*]|\d{1,3}\.) )/).map(oneLine)
  return joinHtml(
    lines.map(line => readInline(line.replace(/^[-*] /, '• '))),
    '\n',
  )
}

const readInline = (text: string): Html =>
  joinHtml(
    text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]*\))/).map((part, i) => {
      if (i % 2 === 0) return html`${part}`
      if (part.startsWith('`')) return html`<code>${part.slice(1, -1)}</code>`
      if (part.startsWith('**')) return html`<b>${part.slice(2, -2)}</b>`
      return html`${part.slice(1, part.indexOf(']'))}`
    }),
    '',
  )
