declare module 'fs-native-extensions' {
  /** Locks an open file for writers without waiting; false if another open file description holds it. */
  export function tryLock(fd: number): boolean
}
