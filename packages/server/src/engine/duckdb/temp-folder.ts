import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { isAlive } from '../is-alive.ts'
import { mayWrite } from './may-write.ts'

const MARK = '.tmp-'

/** The folders of this process, which are removed when it ends. */
const own = new Set<string>()

/**
 * Names a folder for the temporary files of an instance, which DuckDB creates when it needs one. By default it would be the same for
 * every process that reads the file, and they would overwrite each other's files. Removes what processes left that were killed.
 */
export function newTempFolder(file: string): string {
  const folder = mayWrite(dirname(file)) ? dirname(file) : tmpdir()
  removeLeftovers(folder, basename(file))
  if (own.size === 0) process.once('exit', removeOwn)
  const name = `${basename(file)}${MARK}${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
  own.add(join(folder, name))
  return join(folder, name)
}

export function removeTempFolder(folder: string): void {
  own.delete(folder)
  if (own.size === 0) process.off('exit', removeOwn)
  remove(folder)
}

function removeOwn(): void {
  for (const folder of own) remove(folder)
}

/** What cannot be removed stays: no answer depends on it. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {}
}

/** A process of another machine, which may use the same disk, cannot be looked for. */
function removeLeftovers(folder: string, file: string): void {
  const start = `${file}${MARK}${hostname()}-`
  let names: string[] = []
  try {
    names = readdirSync(folder)
  } catch {}
  for (const name of names) {
    if (!name.startsWith(start) || own.has(join(folder, name))) continue
    const [, pid] = /^(\d+)-[0-9a-f]{8}$/.exec(name.slice(start.length)) ?? []
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)))) remove(join(folder, name))
  }
}
