import { TimeoutError, type Upstream } from '../../errors.ts'

/** `unsteady`: some calls fail; `unknown`: nothing was asked of the service yet. */
export type Light = 'ok' | 'unsteady' | 'failing' | 'unknown'

/** What one look at a service found. `cause` is of a closed set of the check, null when nothing is wrong. */
export interface ServiceReading {
  light: Light
  cause: string | null
}

export interface ServiceCheck {
  name: Upstream
  /** May reject, and may take as long as it likes: both are readings too. */
  read(): Promise<ServiceReading>
}

export interface ServiceState extends ServiceReading {
  name: Upstream
  /** When the light was first seen as it is. */
  since: Date
  /** It has not changed since the process began to look, so it may be older than `since`. */
  isSinceStart: boolean
}

export interface ServiceWatch {
  /** Looks at every service now and resolves within the timeout. Never rejects. Concurrent callers share one look. */
  look(): Promise<ServiceState[]>
  start(): void
  stop(): void
}

export interface ServiceWatchDeps {
  checks: readonly ServiceCheck[]
  now: () => Date
  /** How long one check may take. */
  timeoutMs?: number
  /** A change is dated to within this time. */
  everyMs?: number
}

/** Looks at the services at intervals and remembers since when each is as it is. In memory: a restart begins anew. */
export function createServiceWatch({
  checks,
  now,
  timeoutMs = 2_000,
  everyMs = 15_000,
}: ServiceWatchDeps): ServiceWatch {
  const states = new Map<Upstream, ServiceState>()
  let running: Promise<ServiceState[]> | undefined
  let timer: NodeJS.Timeout | undefined

  const lookAt = async (check: ServiceCheck): Promise<ServiceState> => {
    const reading = await readWithin(check, timeoutMs)
    const before = states.get(check.name)
    const isSame = before?.light === reading.light
    const since = isSame ? before.since : now()
    const state = { name: check.name, ...reading, since, isSinceStart: isSame ? before.isSinceStart : !before }
    states.set(check.name, state)
    return state
  }
  const look = () => {
    running ??= Promise.all(checks.map(lookAt)).finally(() => {
      running = undefined
    })
    return running
  }
  return {
    look,
    start() {
      void look()
      timer = setInterval(() => void look(), everyMs)
      timer.unref()
    },
    stop: () => clearInterval(timer),
  }
}

async function readWithin({ read }: ServiceCheck, timeoutMs: number): Promise<ServiceReading> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<ServiceReading>(resolve => {
    timer = setTimeout(() => resolve(failing('timeout')), timeoutMs)
  })
  try {
    return await Promise.race([read(), late])
  } catch (err) {
    return failing(err instanceof TimeoutError ? 'timeout' : 'unreachable')
  } finally {
    clearTimeout(timer)
  }
}

const failing = (cause: string): ServiceReading => ({ light: 'failing', cause })
