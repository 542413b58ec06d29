import { errorMessage } from '../errors.ts'
import { maskPersonalData } from '../telemetry/masking.ts'

export interface ReadinessCheck {
  name: string
  /** Resolves to undefined when healthy, else to a short description; may reject. The description is public: no secrets. */
  check(): Promise<string | undefined>
}

export interface Problem {
  name: string
  problem: string
}

/** Runs all checks concurrently, each with a timeout. Concurrent callers share one run. */
export function createReadiness(checks: readonly ReadinessCheck[], timeoutMs: number): () => Promise<Problem[]> {
  let running: Promise<Problem[]> | undefined
  return () => {
    running ??= Promise.all(checks.map(check => run(check, timeoutMs)))
      .then(results => results.filter(result => result !== undefined))
      .finally(() => {
        running = undefined
      })
    return running
  }
}

async function run({ name, check }: ReadinessCheck, timeoutMs: number): Promise<Problem | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs)
  })
  try {
    const problem = await Promise.race([check(), late])
    return problem ? { name, problem: maskPersonalData(problem) } : undefined
  } catch (err) {
    return { name, problem: maskPersonalData(errorMessage(err)) }
  } finally {
    clearTimeout(timer)
  }
}
