import type { Page } from 'playwright-core'
import { noNumber } from '../lib/panel.ts'

/** What a browser shows of one panel, by what Grafana marks for its own end-to-end tests. */
export interface SeenPanel {
  title: string
  loading: boolean
  error: string | null
  /** Every text that stands in it alone. */
  texts: string[]
  /** Texts of which a part is hidden. */
  cut: string[]
  /** Pairs of texts that stand over each other. */
  overlapping: string[]
  /** It shows something: a drawing, a row, a line of a log, a text other than that there is none. */
  drawn: boolean
  /** Where it ends on the page, in pixels. */
  bottom: number
}

/** Panels of the open page in the order in which they stand. Names are those of @grafana/e2e-selectors 12.4. */
export const seenPanels = (page: Page): Promise<SeenPanel[]> => page.evaluate<SeenPanel[]>(`(${inPage.source})()`)

/** Runs in the page, where there is nothing of ours: it is handed over as text. */
const inPage = {
  source: `() => {
    const nothing = ${JSON.stringify(noNumber)}
    const header = 'data-testid Panel header '
    const panels = [...document.querySelectorAll('[data-testid^="' + header + '"]')]
    return panels.map(panel => {
      const content = panel.querySelector('[data-testid="data-testid panel content"]') ?? panel
      const leaves = [...content.querySelectorAll('*')].filter(
        element => element.childElementCount === 0 && element.textContent.trim() !== '' && element.checkVisibility(),
      )
      const overflow = element => getComputedStyle(element).overflowX
      const boxes = leaves.map(element => {
        const range = document.createRange()
        range.selectNodeContents(element)
        const { top, bottom, ...whole } = range.getBoundingClientRect().toJSON()
        let { left, right } = whole
        // what can be scrolled to is not hidden
        for (let each = element; each !== content && !/auto|scroll/.test(overflow(each)); each = each.parentElement) {
          if (!/hidden|clip/.test(overflow(each))) continue
          const clip = each.getBoundingClientRect()
          left = Math.max(left, clip.left)
          right = Math.min(right, clip.right)
        }
        const hidden = whole.right - whole.left - Math.max(0, right - left)
        return { text: element.textContent.trim(), hidden, box: { left, right, top, bottom } }
      })
      const cut = boxes.filter(({ hidden }) => hidden > 2)
      const over = (a, b) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2
      const overlapping = boxes.flatMap((a, i) =>
        boxes.slice(i + 1).filter(b => over(a.box, b.box)).map(b => a.text + ' | ' + b.text),
      )
      const failed = panel.querySelector('[data-testid="data-testid Panel status error"]')
      const empty = panel.querySelector('[data-testid="data-testid Panel data error message"]')
      return {
        title: panel.getAttribute('data-testid').slice(header.length),
        bottom: panel.getBoundingClientRect().bottom,
        loading: panel.querySelector('[aria-label="Panel loading bar"]') !== null,
        error: failed === null ? null : (failed.getAttribute('aria-label') ?? 'an error'),
        texts: boxes.map(({ text }) => text),
        cut: cut.map(({ text }) => text),
        overlapping,
        drawn:
          empty === null &&
          (boxes.some(({ text }) => text !== nothing) ||
            content.querySelector('canvas, svg, [role="row"], [role="gridcell"], tr, .log-line') !== null),
      }
    })
  }`,
}
