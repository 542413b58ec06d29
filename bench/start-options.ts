import { readFileSync } from 'node:fs'

const script: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).scripts.start

/** The options `npm start` gives to node, its limits of memory among them. */
export const startOptions: string[] = script.match(/--\S+/g) ?? []

/** What `npm start` sets for the memory allocator of the process. */
export const startEnvironment = { MALLOC_ARENA_MAX: /MALLOC_ARENA_MAX=(\d+)/.exec(script)?.[1] ?? '' }
