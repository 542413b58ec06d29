import { readFileSync } from 'node:fs'

/** The options `npm start` gives to node, its limits of memory among them. */
export const startOptions: string[] =
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).scripts.start.match(/--\S+/g) ?? []
