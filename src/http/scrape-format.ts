import type { Request } from 'express'

const openMetrics = 'application/openmetrics-text'
/** A range may name a version in which the answer would be read as it is written. */
const spokenVersions: Record<string, ReadonlySet<string>> = { [openMetrics]: new Set(['', '1.0.0', '0.0.1']) }

/**
 * Whether the Accept header ranks OpenMetrics above the text format, by its q-values (RFC 9110, 12.5.1; 0 forbids). Where it
 * ranks neither, or both alike by a wildcard, the text format is sent, since everything that scrapes reads it.
 */
export function prefersOpenMetrics(request: Request): boolean {
  const { accept } = request.headers
  if (accept === undefined) return false
  request.headers.accept = withoutParameters(accept)
  return request.accepts(['text/plain', openMetrics]) === openMetrics
}

/**
 * The header with no parameter but the q of each media range: Prometheus names versions and escaping schemes, and by the letter of the
 * RFC a range with parameters matches only a type that has the same.
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
      if (spokenVersions[type]?.has(value('version')) === false) return []
      const weight = value('q') === '' ? 1 : Number(value('q'))
      return weight >= 0 ? [`${type};q=${Math.min(weight, 1)}`] : [] // an unreadable weight asks for nothing
    })
    .join(',')
}
