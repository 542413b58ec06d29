import type { Teardown } from '../process/teardown.ts'
import { createSandbox, type RunningSandbox, type SandboxDeps } from './sandbox.ts'

export interface OpenSandboxDeps extends SandboxDeps {
  port: number
  teardown: Teardown
}

/** Starts the fakes and the chat page on `port`. Throws StartupError. */
export async function openSandbox({ port, teardown, ...deps }: OpenSandboxDeps): Promise<RunningSandbox> {
  const running = await createSandbox(deps).listen(port)
  teardown.add(() => running.close())
  return running
}
