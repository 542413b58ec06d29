import type { Page } from 'playwright-core'

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
  /** It draws something: a canvas, a row of a table, a line of a log. */
  drawn: boolean
}

/** Panels of the open page in the order in which they stand. Names are those of @grafana/e2e-selectors 12.4. */
export const seenPanels = (page: Page): Promise<SeenPanel[]> => page.evaluate<SeenPanel[]>(`(${inPage.source})()`)

/** Runs in the page, where there is nothing of ours: it is handed over as text. */
const inPage = {
  source: `() => {
    const header = 'data-testid Panel header '
    const panels = [...document.querySelectorAll('[data-testid^="' + header + '"]')]
    return panels.map(panel => {
      const content = panel.querySelector('[data-testid="data-testid panel content"]') ?? panel
      const leaves = [...content.querySelectorAll('*')].filter(
        element => element.childElementCount === 0 && element.textContent.trim() !== '' && element.checkVisibility(),
      )
      const boxes = leaves.map(element => {
        const range = document.createRange()
        range.selectNodeContents(element)
        return { text: element.textContent.trim(), element, box: range.getBoundingClientRect() }
      })
      const hides = element => /hidden|clip/.test(getComputedStyle(element).overflowX)
      const cut = boxes.filter(({ element }) => hides(element) && element.scrollWidth > element.clientWidth + 1)
      const over = (a, b) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2
      const overlapping = boxes.flatMap((a, i) =>
        boxes.slice(i + 1).filter(b => over(a.box, b.box)).map(b => a.text + ' | ' + b.text),
      )
      const failed = panel.querySelector('[data-testid="data-testid Panel status error"]')
      const empty = panel.querySelector('[data-testid="data-testid Panel data error message"]')
      return {
        title: panel.getAttribute('data-testid').slice(header.length),
        loading: panel.querySelector('[aria-label="Panel loading bar"]') !== null,
        error: failed === null ? null : (failed.getAttribute('aria-label') ?? 'an error'),
        texts: boxes.map(({ text }) => text),
        cut: cut.map(({ text }) => text),
        overlapping,
        drawn: empty === null && content.querySelector('canvas, svg, [role="row"], [role="gridcell"], tr, .log-line') !== null,
      }
    })
  }`,
}
