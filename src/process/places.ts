/**
 * Where files lie, seen from any folder two levels below the root: from `src/process` and `dist/process`, and from `dist/bundle`, which
 * holds the code of all modules.
 */

/** The root, with package.json, migrations and docs. */
export const projectFolder = new URL('../../', import.meta.url)

/** `src`, or `dist` after a build, with the rooms. */
export const roomsFolder = new URL('../', import.meta.url)

/**
 * A module to run in a thread of its own, by its path below `dist`; compiled, also when this file runs uncompiled in a test: Node 20 cannot
 * start a thread from TypeScript.
 */
export const threadModule = (path: string): URL =>
  import.meta.url.endsWith('.ts') ? new URL(`dist/${path}`, projectFolder) : new URL(path, roomsFolder)
