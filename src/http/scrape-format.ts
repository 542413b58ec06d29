import type { Request } from 'express'

const openMetrics = 'application/openmetrics-text'
/** Versions that a media range may name and that our output conforms to. */
const compatibleVersions: Record<string, ReadonlySet<string>> = { [openMetrics]: new Set(['', '1.0.0', '0.0.1']) }

/**
 * True if the Accept header ranks OpenMetrics above the text format, by its q-values (RFC 9110, 12.5.1; 0 forbids). If it
 * ranks neither, or both alike by a wildcard, the text format is sent, which every scraper reads.
 */
export function prefersOpenMetrics(request: Request): boolean {
  const { accept } = request.headers
  if (accept === undefined) return false
  request.headers.accept = withoutParameters(accept)
  return request.accepts(['text/plain', openMetrics]) === openMetrics
}

/**
 * Removes all parameters except q from the media ranges: Prometheus names versions and escaping schemes, and by the RFC a
 * range with parameters matches only a type that has the same ones.
 */
function withoutParameters(accept: string): string {
  const ranges = accept
    .toLowerCase()
    .replace(/"([^",;\\]*)"/g, '$1')
    .split(',')
  return ranges
    .flatMap(range => {
      const [type = '', ...parameters] = range.split(';').map(part => part.trim())
      const value = (name: string) =>
        parameters.map(part => part.split('=').map(side => side.trim())).find(([key]) => key === name)?.[1] ?? ''
      if (compatibleVersions[type]?.has(value('version')) === false) return []
      const weight = value('q') === '' ? 1 : Number(value('q'))
      return weight >= 0 ? [`${type};q=${Math.min(weight, 1)}`] : [] // a range with an invalid weight is ignored
    })
    .join(',')
}
