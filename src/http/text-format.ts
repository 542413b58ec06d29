/**
 * The same samples in Prometheus's older text format, which has no exemplars and no end mark, and names a counter's family
 * with its `_total`. Made from the rendered text because prom-client renames its counters for good once it has rendered
 * OpenMetrics, so one registry cannot render both.
 */
export const toTextFormat = (openMetrics: string): string =>
  openMetrics
    .replace(/^# HELP (\S+)(.*)\n# TYPE \1 counter$/gm, '# HELP $1_total$2\n# TYPE $1_total counter')
    .replace(/ # \{[^{}\n]*\} \S+ \S+$/gm, '')
    .replace(/# EOF\n$/, '')
