/**
 * Converts OpenMetrics to Prometheus's text format 0.0.4, which has no exemplars and no end mark, and includes `_total` in
 * the family name of a counter. Converts the rendered text because prom-client renames its counters permanently when it
 * renders OpenMetrics, so that one registry cannot render both.
 */
export const toTextFormat = (openMetrics: string): string =>
  openMetrics
    .replace(/^# HELP (\S+)(.*)\n# TYPE \1 counter$/gm, '# HELP $1_total$2\n# TYPE $1_total counter')
    .replace(/ # \{[^{}\n]*\} \S+ \S+$/gm, '')
    .replace(/# EOF\n$/, '')
