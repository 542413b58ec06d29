/** A path of Windows: what looks like an escape in it is none. */
const path = /((?<![\p{L}\d])[a-z]:\\[^\s"»<>|]*)/iu

/** The text with `change` applied to everything but file paths. */
const outsidePaths = (text: string, change: (part: string) => string) =>
  text
    .split(path)
    .map((part, i) => (i % 2 === 1 ? part : change(part)))
    .join('')

const signs: Record<string, string> = {
  times: '×',
  cdot: '·',
  div: '÷',
  pm: '±',
  approx: '≈',
  le: '≤',
  leq: '≤',
  ge: '≥',
  geq: '≥',
  ne: '≠',
  neq: '≠',
  to: '→',
  rightarrow: '→',
  ldots: '…',
  dots: '…',
  circ: '°',
  degree: '°',
  quad: ' ',
}
const command = new RegExp(String.raw`\\(${Object.keys(signs).join('|')})(?![a-z])`, 'g')

/** Formulas in LaTeX as a line of plain signs: «\(2 \times 90\)» is «2 × 90». */
const readLatex = (text: string): string =>
  text
    .replace(
      /\\\(([^\n]{0,500}?)\\\)|\\\[([^\]]{0,500}?)\\\]|\$\$([^$]{1,500})\$\$/g,
      (_, a = '', b = '', c = '') => a + b + c,
    )
    .replace(/\$([^$\n]{1,200})\$/g, (whole, formula: string) => (/\\[a-z]/i.test(formula) ? formula : whole))
    .replace(/\\(?:text|textbf|mathrm|mathbf|operatorname)\s?\{([^{}\n]{0,200})\}/g, '$1')
    .replace(/\\[dt]?frac\s?\{([^{}\n]{0,100})\}\s?\{([^{}\n]{0,100})\}/g, '$1/$2')
    .replace(/\\sqrt\s?\{([^{}\n]{0,100})\}/g, '√$1')
    .replace(command, (_, name: string) => signs[name] ?? '')
    .replace(/\\[,;!]/g, ' ')

/** Escapes of JSON that were meant as signs. A backslash before a Latin word is left: it may be part of a name. */
const readJsonEscapes = (text: string): string =>
  text
    .replace(/(?:\\{1,2}u[\da-f]{4})+/gi, codes =>
      String.fromCharCode(...[...codes.matchAll(/[\da-f]{4}/gi)].map(([code]) => Number.parseInt(code, 16))),
    )
    .replace(/(?:\\{1,2}r)?\\{1,2}n/g, (newLine, at: number, whole: string) =>
      /[a-z]/i.test(whole[at + newLine.length] ?? '') && /^[a-z\s]?$/i.test(whole[at - 1] ?? '') ? newLine : '\n',
    )
    .replace(/\\{1,2}[tr](?![a-z])/gi, ' ')
    .replace(/\\(["'/*_.()[\]{}#+!|~>`%&-])/g, '$1')

/** Escapes and formulas as the signs they stand for; file paths stay. */
export const readEscapes = (text: string): string =>
  text.includes('\\') || text.includes('$')
    ? outsidePaths(text, part => readJsonEscapes(readLatex(part))).replace(/\p{Surrogate}/gu, '')
    : text
