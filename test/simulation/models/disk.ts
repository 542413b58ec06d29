import { dirname } from 'node:path'
import type { Files } from '../../../src/process/files.ts'
import type { Kernel } from '../kernel.ts'
import type { Fate, Link, SimulatedProcess } from '../machine.ts'

/** A change of names in a directory that a loss of power may undo until the directory is synced. */
type NameChange = { kind: 'set'; path: string; file: Content } | { kind: 'remove'; path: string }

interface Content {
  text: string
  /** What a loss of power leaves of it; null: nothing is certain of it. */
  synced: string | null
  modifiedAt: number
}

/** A disk whose content outlives processes. */
export interface Disk {
  /** The disk as a process sees it. */
  filesFor(machine: SimulatedProcess): Files
  /** What was not synced is lost, or some of it. */
  losePower(): void
  /** Paths and texts of all files, for assertions. */
  contents(): ReadonlyMap<string, string>
}

const failure = (code: string, path: string) => Object.assign(new Error(`${code}: ${path}`), { code })

/**
 * A model of a journalling file system: content is durable once synced, names once their directory is synced, and what was not is lost
 * in the order it was done, from some point on. `fate` says what happens to the next operation that needs room.
 */
export function createDisk(kernel: Kernel, fate: () => Fate): Disk {
  const { random } = kernel
  const folders = new Set<string>(['/'])
  let names = new Map<string, Content>()
  let durable = new Map<string, Content>()
  let pending: NameChange[] = []

  const apply = (to: Map<string, Content>, change: NameChange) =>
    change.kind === 'set' ? to.set(change.path, change.file) : to.delete(change.path)
  const note = (next: NameChange) => {
    apply(names, next)
    pending.push(next)
  }
  const find = (path: string): Content => {
    const file = names.get(path)
    if (file === undefined) throw failure('ENOENT', path)
    return file
  }
  const create = (path: string): Content => {
    if (!folders.has(dirname(path))) throw failure('ENOENT', path)
    const file = { text: '', synced: null, modifiedAt: kernel.now() }
    note({ kind: 'set', path, file })
    return file
  }
  const sync = (dir: string) => {
    const isThere = (path: string) => dirname(path) === dir
    for (const next of pending) if (isThere(next.path)) apply(durable, next)
    pending = pending.filter(({ path }) => !isThere(path))
  }
  const listIn = (dir: string): string[] => {
    if (!folders.has(dir)) throw failure('ENOENT', dir)
    return [...names.keys()].filter(path => dirname(path) === dir).map(path => path.slice(dir.length + 1))
  }
  const rename = (from: string, to: string) => {
    const file = find(from)
    note({ kind: 'remove', path: from })
    note({ kind: 'set', path: to, file })
  }
  const remove = (path: string) => {
    if (names.has(path)) note({ kind: 'remove', path })
  }

  const filesFor = (machine: SimulatedProcess): Files => {
    const link: Link = {
      name: 'disk',
      latencyMs: () => random.next() * 2,
      fate: () => 'served',
      timeoutMs: Number.POSITIVE_INFINITY,
      timedOut: () => failure('EIO', ''),
    }
    const run = <T>(what: string, effect: () => T) => machine.call(what, link, effect)
    const change = <T>(what: string, effect: () => T) => machine.call(what, { ...link, fate }, effect)
    const short = (path: string) => path.slice(path.lastIndexOf('/') + 1, path.lastIndexOf('/') + 14)
    /** A process that dies in the middle of a write leaves a part of it. */
    const append = async (path: string, file: Content, text: string) => {
      for (const part of [text.slice(0, text.length >> 1), text.slice(text.length >> 1)]) {
        await change(`write ${short(path)}`, () => {
          file.text += part
          file.modifiedAt = kernel.now()
        })
      }
      await change(`sync ${short(path)}`, () => {
        file.synced = file.text
      })
    }
    const put = async (path: string, text: string, begin: () => Content) =>
      append(path, await change(`open ${short(path)}`, begin), text)
    return {
      write: (path, text) =>
        put(path, text, () => {
          const file = names.get(path) ?? create(path)
          Object.assign(file, { text: '', synced: null })
          return file
        }),
      append: (path, text) => put(path, text, () => names.get(path) ?? create(path)),
      openAppend: async path => {
        const file = await change(`open ${short(path)}`, () => names.get(path) ?? create(path))
        return {
          append: text => append(path, file, text),
          clear: () =>
            change(`clear ${short(path)}`, () => {
              file.text = ''
            }),
          close: () => run(`close ${short(path)}`, () => undefined),
        }
      },
      read: path => run(`read ${short(path)}`, () => find(path).text),
      list: dir => run('list', () => listIn(dir)),
      rename: (from, to) => change(`rename ${short(from)}`, () => rename(from, to)),
      remove: path => run(`remove ${short(path)}`, () => remove(path)),
      syncDirectory: dir => change('sync directory', () => sync(dir)),
      sync: {
        makeFolder: dir => {
          for (let folder = dir; !folders.has(folder); folder = dirname(folder)) folders.add(folder)
        },
        list: listIn,
        read: path => find(path).text,
        rename,
        remove: path => {
          for (const other of [...names.keys()]) if (other === path || other.startsWith(`${path}/`)) remove(other)
        },
        describe: path => {
          const file = names.get(path)
          if (file !== undefined) return { isFile: true, modifiedAt: new Date(file.modifiedAt) }
          return folders.has(path) ? { isFile: false, modifiedAt: new Date(0) } : null
        },
      },
    }
  }

  return {
    filesFor,
    losePower: () => {
      for (const next of pending.slice(0, random.int(0, pending.length))) apply(durable, next)
      pending = []
      for (const file of new Set(durable.values())) {
        file.text = file.synced ?? file.text.slice(0, random.int(0, file.text.length))
        file.synced = file.text
      }
      names = new Map(durable)
      durable = new Map(durable)
    },
    contents: () => new Map([...names].map(([path, { text }]) => [path, text])),
  }
}
