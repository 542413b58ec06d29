/**
 * The tabs of the panels, chosen by a click or by the arrow keys, Home and End.
 * https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
 * @param {{ onChosen: (panel: string) => void }} deps
 */
export function createTabs({ onChosen }) {
  const tabs = [...document.querySelectorAll('[role="tab"]')]
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener('click', () => onChosen(tab.dataset.panel))
    tab.addEventListener('keydown', event => {
      const target = {
        ArrowRight: index + 1,
        ArrowLeft: index - 1 + tabs.length,
        Home: 0,
        End: tabs.length - 1,
      }[event.key]
      if (target === undefined) return
      event.preventDefault()
      const next = tabs[target % tabs.length]
      onChosen(next.dataset.panel)
      next.focus()
    })
  }

  return {
    /** Marks the tab of the panel that is shown: the only one that Tab stops at. */
    select(panel) {
      for (const tab of tabs) {
        const isShown = tab.dataset.panel === panel
        tab.setAttribute('aria-selected', String(isShown))
        tab.tabIndex = isShown ? 0 : -1
      }
    },
  }
}
