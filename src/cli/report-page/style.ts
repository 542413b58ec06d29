/** One column on a phone, charts side by side on a desk; follows the theme of the reader. */
export const style = `
:root { color-scheme: light dark; --page: #e9efeb; --card: #fff; --ink: #1c2321; --quiet: #5b6661; --line: #dbe2de; --accent: #1f8a4c }
@media (prefers-color-scheme: dark) { :root { --page: #131715; --card: #1d2320; --ink: #e8eeea; --quiet: #9aa7a0; --line: #323a36; --accent: #5cc98a } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.45 Inter, system-ui, sans-serif }
main, header { max-width: 1180px; margin: 0 auto; padding: 16px }
header { padding-bottom: 0 }
h1 { font-size: 28px; margin: 8px 0 4px }
h2 { font-size: 20px; margin: 0 0 4px }
section { background: var(--card); border-radius: 16px; padding: 16px 20px; margin: 0 0 16px }
.quiet { color: var(--quiet); font-size: 14px; margin: 4px 0 }
.numbers { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 12px; margin-top: 12px }
.number { border: 1px solid var(--line); border-radius: 12px; padding: 12px 14px }
.number b { display: block; font-size: 26px; font-weight: 700; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
.number .change { color: var(--quiet); font-size: 14px }
.number .change.up, .number .change.down { color: var(--ink); font-weight: 600 }
.scroll { overflow-x: auto; margin-top: 12px }
table { border-collapse: collapse; min-width: min(100%, 480px); font-variant-numeric: tabular-nums }
th, td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
thead th { color: var(--quiet); font-size: 14px; font-weight: 400 }
tbody th { font-weight: 400 }
th:first-child { text-align: left }
figure { margin: 12px 0 0 }
figure svg { display: block; width: 100%; max-width: 760px; height: auto; border-radius: 16px }
@media (min-width: 1000px) {
  section:has(figure):has(.scroll) { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 24px }
  section > h2, section > p { grid-column: 1 / -1 }
}
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 }
a { color: var(--accent) }
@media (max-width: 480px) { section { padding: 14px } .numbers { grid-template-columns: repeat(2, minmax(0, 1fr)) } .number b { font-size: 21px } }
@media print { body { background: #fff } section { break-inside: avoid } }
`
