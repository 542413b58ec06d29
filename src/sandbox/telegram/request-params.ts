import type { Request } from 'express'
import type { z } from 'zod'
import { badRequest } from './bot-api-refusal.ts'

/** A file that came with a multipart request. */
export interface Upload {
  name: string
  bytes: Buffer
}

/**
 * Parameters of a Bot API call. Telegram takes them from the query, a form or JSON alike and reads every one as text, so
 * here too each is stored as text and read on demand.
 */
export interface RequestParams {
  string(name: string): string | undefined
  /** A whole number; what is none counts as absent, as it does for Telegram. */
  integer(name: string): number | undefined
  boolean(name: string): boolean
  /** Throws 400 naming the parameter when it is not JSON of this shape. */
  json<T>(name: string, shape: z.ZodType<T>): T | undefined
  upload(name: string): Upload | undefined
}

export function createRequestParams(
  values: Record<string, unknown>,
  uploads = new Map<string, Upload>(),
): RequestParams {
  const string = (name: string) => {
    const value = values[name]
    if (value === undefined || value === null) return undefined
    return typeof value === 'string' ? value : JSON.stringify(value)
  }
  return {
    string,
    integer: name => {
      const text = string(name)?.trim() ?? ''
      return /^-?\d{1,16}$/.test(text) ? Number(text) : undefined
    },
    boolean: name => ['true', 'yes', '1'].includes(string(name)?.toLowerCase() ?? ''),
    json: (name, shape) => {
      const text = string(name)
      if (text === undefined || text === '') return undefined
      const parsed = shape.safeParse(parseJson(text, name))
      if (!parsed.success) throw badRequest(`can't parse ${name}: ${parsed.error.issues[0]?.message ?? 'wrong shape'}`)
      return parsed.data
    },
    upload: name => uploads.get(name),
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest(`can't parse ${name} JSON object`)
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The parameters of an express request whose body express or multer has read. */
export function paramsOfRequest(req: Request): RequestParams {
  const body: unknown = req.body
  const files = Array.isArray(req.files) ? req.files : []
  const uploads = new Map(files.map(file => [file.fieldname, { name: file.originalname, bytes: file.buffer }]))
  return createRequestParams({ ...req.query, ...(isRecord(body) ? body : {}) }, uploads)
}
