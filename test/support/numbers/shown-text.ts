import { decodeHTML } from 'entities'
import { type Html, plainText } from '../../../src/telegram/html.ts'

/** One kind of space, and without the change against the period before. */
const bare = (line: string): string =>
  line
    .replace(/[▲▼≈].*$/u, '')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** The lines that a message of the chat shows, changes and spacing left out. */
export const linesOf = (message: Html): string[] =>
  plainText(message)
    .split('\n')
    .map(bare)
    .filter(line => line !== '')

/** `linesOf` for the fixed-width blocks of a message alone. */
export const blockLines = ({ source }: Html): string[] =>
  [...source.matchAll(/<pre>(.*?)<\/pre>/gs)].flatMap(([, block = '']) => linesOf({ source: block }))

const textOf = (markup: string): string => bare(decodeHTML(markup.replaceAll(/<[^>]*>/g, ' ')))

const between = (markup: string, tag: string): string[] =>
  [...markup.matchAll(new RegExp(`<${tag}\\b[^>]*>(.*?)</${tag}>`, 'gs'))].map(([, inner = '']) => inner)

export interface ShownPage {
  /** The numbers under their labels. */
  cards: string[][]
  /** Cells of the rows of each table of a section, without the heading. */
  tables(section: string): string[][][]
}

/** What `report -- all --html` shows. */
export function readPage(page: string): ShownPage {
  const cards = [...page.matchAll(/<div class="number"><span>(.*?)<\/span><b>(.*?)<\/b>/gs)]
  return {
    cards: cards.map(([, label = '', value = '']) => [textOf(label), textOf(value)]),
    tables: section => {
      const [, content = ''] = new RegExp(`<section id="${section}">(.*?)</section>`, 's').exec(page) ?? []
      return between(content, 'tbody').map(body =>
        between(body, 'tr').map(row =>
          [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => textOf(cell)),
        ),
      )
    },
  }
}
