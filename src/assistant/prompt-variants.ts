import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { ConfigError } from '../errors.ts'
import { type ToolName, toolNames } from './tools/tool.ts'

export interface PromptVariantSettings {
  /** Folder of the files `<name>.yaml`. */
  dir: string
  variants: readonly { name: string; share: number }[]
}

/** A prompt tried on a share of the users: what it names replaces the usual text. */
export interface PromptVariant {
  /** Percent of the users. */
  share: number
  instructions?: string | undefined
  /** Descriptions by tool. */
  tools?: Partial<Record<ToolName, string>> | undefined
}

const text = z.string('must be a text').trim().min(1, 'must not be empty')
const VariantFile = z
  .strictObject({ instructions: text.optional(), tools: z.partialRecord(z.enum(toolNames), text).optional() })
  .refine(file => file.instructions !== undefined || file.tools !== undefined, 'holds neither instructions nor tools')

/** Reads the file of each variant. Throws ConfigError that names every file with what is wrong in it. */
export function loadPromptVariants({ dir, variants }: PromptVariantSettings): PromptVariant[] {
  const problems: string[] = []
  const loaded = variants.flatMap(({ name, share }) => {
    const read = readVariant(join(dir, `${name}.yaml`))
    if ('file' in read) return [{ share, ...read.file }]
    problems.push(`PROMPT_VARIANTS: ${name}: ${read.problem}`)
    return []
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return loaded
}

function readVariant(path: string): { file: z.infer<typeof VariantFile> } | { problem: string } {
  let source: string
  try {
    source = readFileSync(path, 'utf8')
  } catch (err) {
    const code = err instanceof Error && 'code' in err ? String(err.code) : 'unknown error'
    return { problem: `${path} cannot be read (${code})` }
  }
  const document = parseDocument(source)
  const [mistake] = document.errors
  if (mistake !== undefined) return { problem: `${path}: ${mistake.message.split('\n')[0]}` }
  const file = VariantFile.safeParse(document.toJS())
  if (file.success) return { file: file.data }
  const { path: at = [], message = '' } = file.error.issues[0] ?? {}
  return { problem: `${path}: ${[...at.map(String), message].join(': ')}` }
}
