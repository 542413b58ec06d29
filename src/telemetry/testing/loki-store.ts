import { gunzipSync } from 'node:zlib'
import { z } from 'zod'

/** Loki's limits, with the values of `loki/config.yaml` and its defaults. */
export interface LokiLimits {
  maxLineBytes: number
  /** A larger push is always answered with 429. */
  burstBytes: number
  /** A larger push is always answered with 500. */
  grpcBytes: number
  maxLabels: number
  maxLabelValue: number
  maxStreams: number
  rejectOlderMs: number
  rejectNewerMs: number
  /** Maximum age of a line relative to the newest one of its stream. */
  maxBehindMs: number
  maxMetadataBytes: number
}

const hourMs = 3_600_000
export const defaultLimits: LokiLimits = {
  maxLineBytes: 256 * 1024,
  burstBytes: 16 * 1024 * 1024,
  grpcBytes: 16 * 1024 * 1024,
  maxLabels: 15,
  maxLabelValue: 256,
  maxStreams: 1000,
  rejectOlderMs: 168 * hourMs,
  rejectNewerMs: 10 * 60_000,
  maxBehindMs: hourMs,
  maxMetadataBytes: 16 * 1024,
}

export interface StoredLine {
  labels: Record<string, string>
  ns: bigint
  line: string
}

export interface LokiAnswer {
  status: number
  text: string
}

interface StoredStream {
  labels: Record<string, string>
  newestNs: bigint
  seen: Set<string>
}

const Body = z.object({
  streams: z.array(
    z.object({
      stream: z.record(z.string(), z.union([z.string(), z.number()])),
      values: z.array(
        z.union([
          z.tuple([z.string().regex(/^\d+$/), z.string()]),
          z.tuple([z.string().regex(/^\d+$/), z.string(), z.record(z.string(), z.string())]),
        ]),
      ),
    }),
  ),
})

/** Accepts and rejects pushes as Loki does: an invalid body is rejected as a whole, an invalid stream or line alone. */
export function createLokiStore(limits: LokiLimits, now: () => Date) {
  const streams = new Map<string, StoredStream>()
  const lines: StoredLine[] = []

  function push(raw: Buffer, encoding: string | undefined): LokiAnswer {
    const body = decode(raw, encoding)
    if (body === undefined) return { status: 400, text: 'gzip: invalid header' }
    if (body.length > limits.burstBytes) {
      return { status: 429, text: `ingestion rate limit exceeded for user fake while adding ${body.length} bytes` }
    }
    if (body.length > limits.grpcBytes) {
      return { status: 500, text: 'rpc error: code = ResourceExhausted desc = grpc: received message larger than max' }
    }
    const parsed = parse(body)
    if (parsed === undefined)
      return { status: 400, text: 'loghttp.PushRequest.Streams: unmarshalerDecoder: Unknown value type' }
    if (parsed.streams.length === 0) {
      return { status: 422, text: 'error at least one valid stream is required for ingestion' }
    }
    if (parsed.streams.some(({ stream }) => Object.keys(stream).some(name => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)))) {
      return { status: 400, text: "couldn't parse labels: 1:6: parse error: unexpected character: '.'" }
    }

    const refusals: LokiAnswer[] = []
    for (const { stream, values } of parsed.streams) {
      const labels = Object.fromEntries(Object.entries(stream).map(([name, value]) => [name, String(value)]))
      const refusal = refuseStream(labels)
      if (refusal !== undefined) refusals.push(refusal)
      else
        for (const [ns, line, metadata] of values) refusals.push(...addLine(labels, BigInt(ns), line, metadata ?? {}))
    }
    return refusals.find(({ status }) => status === 429) ?? refusals[0] ?? { status: 204, text: '' }
  }

  function refuseStream(labels: Record<string, string>): LokiAnswer | undefined {
    const name = show(labels)
    const count = Object.keys(labels).length
    if (count > limits.maxLabels) {
      return { status: 400, text: `entry for stream '${name}' has ${count} label names; limit ${limits.maxLabels}` }
    }
    if (Object.values(labels).some(value => value.length > limits.maxLabelValue)) {
      return { status: 400, text: `stream '${name}' has label value too long` }
    }
    if (!streams.has(name) && streams.size >= limits.maxStreams) {
      return { status: 429, text: `maximum active stream limit exceeded when trying to create stream ${name}` }
    }
    return undefined
  }

  function addLine(
    labels: Record<string, string>,
    ns: bigint,
    line: string,
    metadata: Record<string, string>,
  ): LokiAnswer[] {
    const name = show(labels)
    const ms = Number(ns / 1_000_000n)
    const time = new Date(ms).toISOString()
    const nowMs = now().getTime()
    const refuse = (text: string) => [{ status: 400, text }]
    if (ms < nowMs - limits.rejectOlderMs) {
      const oldest = inSeconds(nowMs - limits.rejectOlderMs)
      return refuse(
        `entry for stream '${name}' has timestamp too old: ${time}, oldest acceptable timestamp is: ${oldest}`,
      )
    }
    if (ms > nowMs + limits.rejectNewerMs) return refuse(`entry for stream '${name}' has timestamp too new: ${time}`)
    if (Buffer.byteLength(line) > limits.maxLineBytes) {
      return refuse(`max entry size '${limits.maxLineBytes}' bytes exceeded for stream '${name}'`)
    }
    if (JSON.stringify(metadata).length > limits.maxMetadataBytes) {
      return refuse(`stream '${name}' has structured metadata too large`)
    }
    const stream = streams.get(name) ?? { labels, newestNs: ns, seen: new Set<string>() }
    streams.set(name, stream)
    const oldestMs = Number(stream.newestNs / 1_000_000n) - limits.maxBehindMs
    if (ms < oldestMs) {
      return refuse(
        `entry with timestamp ${time} ignored, reason: 'entry too far behind, entry timestamp is: ${time}, oldest acceptable timestamp is: ${inSeconds(oldestMs)}'`,
      )
    }
    if (ns > stream.newestNs) stream.newestNs = ns
    if (!stream.seen.has(`${ns} ${line}`)) {
      stream.seen.add(`${ns} ${line}`)
      lines.push({ labels, ns, line })
    }
    return []
  }

  return { push, lines: (): readonly StoredLine[] => lines }
}

const show = (labels: Record<string, string>) =>
  `{${Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`

const inSeconds = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

function decode(raw: Buffer, encoding: string | undefined): Buffer | undefined {
  if (encoding !== 'gzip') return raw
  try {
    return gunzipSync(raw)
  } catch {
    return undefined
  }
}

function parse(body: Buffer): z.infer<typeof Body> | undefined {
  try {
    return Body.parse(JSON.parse(body.toString()))
  } catch {
    return undefined
  }
}
