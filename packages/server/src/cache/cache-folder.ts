import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { EngineLog } from '../engine/observer.ts'
import type { BlockInMemory } from './blocks/block.ts'
import { type FileFacts, type FileName, FolderFiles } from './folder-files.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { MAX_LIFE_MS } from './kept-memory.ts'
import type { KnownWrites } from './known-writes.ts'
import { isTouched, type Need } from './touched.ts'
import type { WireParts } from './wire-answer.ts'

/** Changes with the form of the files: those of another form are removed. */
const VERSION = 'v2'
const ANY_VERSION = /^v\d+$/
const INDEX = 'index.json'
/** Files on a disk take whole sectors, and each name has two of them. */
const FILES_BYTES = 8_192
/** How many names a folder holds at most, and symbols that they need: what is known of them is in memory. */
const MAX_FILES = 20_000
const MAX_SYMBOLS = 1_000_000
/** What waits to be written; more is not kept on disk. */
const MAX_WAITING_BYTES = 64 * 2 ** 20
const INDEX_DELAY_MS = 1_000

/** What proves that a file is true. Times are those of `performance.now()`. */
interface Proof {
  /** Its rows are those of this moment, or of a later one. */
  readonly at: number
  /** When it is to be read again, whatever is known of writes. */
  readonly until: number
}

/** An answer or a block on disk, as far as it is known without reading it. */
export interface Filed extends FileName, FileFacts, Proof {
  readonly bytes: number
  /** Known of a block that this run has read, from the database or from the folder. */
  memory?: BlockInMemory | undefined
}

/** Something to be written. */
export interface NewFile extends Omit<Filed, 'sum'> {
  /** Called when it is written, some time later; `bytes` is what it holds until then. */
  readonly whole: () => WireParts
}

/** Who wants to know which blocks there are. */
export interface BlockFiles {
  added(file: Filed): void
  gone(file: Filed): void
}

interface Index {
  /** All that files depend on besides their names and the state. */
  readonly about: string
  /** The name of the database's state in which all of them are true. */
  readonly state: string
  /** The least recently used first. */
  readonly files: readonly (readonly [name: string, sum: string])[]
}

/**
 * Answers and blocks of columns as Arrow files, for a server that starts again and for more of them than memory holds. The index says in
 * which state of the database all of them are true; a server that finds the database in another one removes them. One process uses a folder.
 */
export class CacheFolder {
  readonly #files: FolderFiles
  readonly #about: string
  readonly #lock: FolderLock
  readonly #maxBytes: number
  readonly #filed: LRUCache<string, Filed>
  readonly #log: EngineLog
  /** What waits and is being written, and which of it is untrue by now. */
  readonly #writing = new Map<string, NewFile>()
  readonly #gone = new Set<string>()
  /** Of the last run, until the database's state is known. */
  #found: { readonly state: string; readonly files: readonly (FileName & FileFacts & { bytes: number })[] } | undefined
  #work: Promise<void> = Promise.resolve()
  #waitingBytes = 0
  #symbols = 0
  #blocks = 0
  #saving: NodeJS.Timeout | undefined
  #writes: KnownWrites | undefined
  #watcher: BlockFiles | undefined
  #failed = false

  private constructor(folder: string, lock: FolderLock, maxBytes: number, about: string, log: EngineLog) {
    this.#files = new FolderFiles(folder)
    this.#lock = lock
    this.#maxBytes = maxBytes
    this.#about = about
    this.#log = log
    this.#filed = new LRUCache<string, Filed>({
      max: MAX_FILES,
      maxSize: maxBytes,
      sizeCalculation: sizeOf,
      dispose: (file, name, why) => {
        this.#symbols -= symbolsOf(file)
        if (file.block) {
          this.#blocks--
          this.#watcher?.gone(file)
        }
        if (why !== 'set') this.#do(() => this.#files.remove(name))
      },
    })
  }

  /**
   * Opens a folder, and makes it. `about` is whatever files depend on besides their names and the state: the database's address
   * and the program's version. `undefined` if another process uses it. Throws a `TypeError` for a folder that cannot be used.
   */
  static async open(dir: string, maxBytes: number, about: string, log: EngineLog): Promise<CacheFolder | undefined> {
    const folder = join(resolve(dir), VERSION)
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const lock = await lockFolder(folder)
      if (typeof lock === 'number') {
        log.warn(
          `--cache-dir: process ${lock} uses ${folder}; this server keeps answers in memory only: give each server a folder of its own`,
        )
        return undefined
      }
      await removeOtherVersions(resolve(dir))
      const opened = new CacheFolder(folder, lock, maxBytes, about, log)
      await opened.#load()
      return opened
    } catch (error) {
      throw new TypeError(`--cache-dir: got ${JSON.stringify(dir)}, which cannot be used: ${(error as Error).message}`)
    }
  }

  /** How many answers and blocks it has, and their bytes. */
  get size(): { readonly answers: number; readonly blocks: number; readonly bytes: number } {
    const { size, calculatedSize } = this.#filed
    return { answers: size - this.#blocks, blocks: this.#blocks, bytes: calculatedSize }
  }

  /** Keeps what is true by some known writes alone. */
  follow(writes: KnownWrites): void {
    this.#writes = writes
    writes.listen((touched) => this.#forget(({ needs, at }) => touched.some((one) => isTouched(needs, at, one))))
  }

  /** Tells of the blocks. */
  watchBlocks(watcher: BlockFiles): void {
    this.#watcher = watcher
  }

  /** Takes what the last run left, as far as the database is still in its state and nothing touched it; removes the rest. */
  adopt(): void {
    const [found, writes] = [this.#found, this.#writes]
    const state = writes?.watch.current
    if (!found || !writes || !state) return
    this.#found = undefined
    const proof = { at: state.at, until: state.at + MAX_LIFE_MS }
    for (const file of found.files)
      if (found.state === state.name && !writes.isTouched(file.needs, state.at)) this.#add({ ...file, ...proof })
      else this.#do(() => this.#files.remove(file.name))
    this.#saveSoon()
  }

  /** The name of whatever some values decide. */
  nameOf(...parts: readonly unknown[]): string {
    return createHash('sha256')
      .update(JSON.stringify([this.#about, ...parts]))
      .digest('hex')
  }

  /** Counts as used. */
  find(name: string): Filed | undefined {
    const file = this.#filed.get(name)
    if (!file || performance.now() < file.until) return file
    this.drop(name)
    return undefined
  }

  /** Writes something, some time later, unless too much waits. */
  keep(file: NewFile): void {
    const { name, bytes } = file
    if (this.#failed || this.#writing.has(name) || this.#waitingBytes + bytes > MAX_WAITING_BYTES) return
    this.#waitingBytes += bytes
    this.#writing.set(name, file)
    this.#do(async () => {
      try {
        await this.#write(file)
      } finally {
        this.#waitingBytes -= bytes
        this.#writing.delete(name)
        this.#gone.delete(name)
      }
    })
  }

  /** The content; `undefined` for files that are gone, damaged or untrue by now, which are removed. */
  async read(file: Filed): Promise<WireParts | undefined> {
    const whole = await this.#files.read(file).catch(() => undefined)
    const isThere = this.#filed.peek(file.name) === file
    if (!whole && isThere) this.drop(file.name)
    return isThere ? whole : undefined
  }

  /** Removes what is of no use. */
  drop(name: string): void {
    this.#filed.delete(name)
    this.#saveSoon()
  }

  /** Writes the index, and lets others use the folder. */
  async close(): Promise<void> {
    clearTimeout(this.#saving)
    this.#do(() => this.#save())
    await this.#work
    await this.#lock.release()
  }

  #add(file: Filed): void {
    this.#filed.set(file.name, file)
    // It takes more than the folder may.
    if (!this.#filed.has(file.name)) {
      this.#do(() => this.#files.remove(file.name))
      return
    }
    this.#symbols += symbolsOf(file)
    if (file.block) {
      this.#blocks++
      this.#watcher?.added(file)
    }
    while (this.#symbols > MAX_SYMBOLS && this.#filed.size > 1) this.#filed.pop()
  }

  #forget(isUntrue: (file: { readonly needs: readonly Need[] } & Proof) => boolean): void {
    for (const [name, file] of this.#filed.entries()) if (isUntrue(file)) this.#filed.delete(name)
    for (const [name, file] of this.#writing) if (isUntrue(file)) this.#gone.add(name)
    this.#saveSoon()
  }

  async #write({ whole, ...file }: NewFile): Promise<void> {
    const { name } = file
    // It may have become untrue while it waited, or while it was written.
    if (this.#gone.has(name)) return
    const content = whole()
    const written = { ...file, bytes: content.bytes }
    if (sizeOf(written) > this.#maxBytes) return
    const sum = await this.#files.write(name, file, content)
    if (!this.#gone.has(name)) this.#add({ ...written, sum })
    else await this.#files.remove(name)
    this.#saveSoon()
  }

  async #load(): Promise<void> {
    const text = await this.#files.readText(INDEX).catch(() => '')
    const index = parsed(text)
    if (index?.about === this.#about) {
      const files = await this.#files.describe(index.files.map(([name, sum]) => ({ name, sum })))
      this.#found = { state: index.state, files }
    }
    const names = this.#found?.files.map(({ name }) => name) ?? []
    await this.#files.keepOnly(names, [INDEX, this.#lock.file])
  }

  #saveSoon(): void {
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined
      this.#do(() => this.#save())
    }, INDEX_DELAY_MS).unref()
  }

  async #save(): Promise<void> {
    // Not looked at yet: it is as it was.
    if (this.#found) return
    const state = this.#writes?.watch.current?.name
    if (state === undefined) return this.#files.removeText(INDEX)
    // What this run no longer gives, the next one must not give either.
    const now = performance.now()
    const files = [...this.#filed.values()]
      .filter(({ until }) => now < until)
      .toReversed()
      .map(({ name, sum }) => [name, sum] as const)
    await this.#files.replace(INDEX, JSON.stringify({ about: this.#about, state, files } satisfies Index))
  }

  /** One after the other. A disk that is full fails no call; it is said once. */
  #do(act: () => Promise<void>): void {
    this.#work = this.#work.then(act).catch((error: unknown) => {
      if (!this.#failed) this.#log.warn(`--cache-dir: ${(error as Error).message}; nothing more is written there`)
      this.#failed = true
    })
  }
}

const sizeOf = ({ bytes }: Pick<Filed, 'bytes'>): number => FILES_BYTES + bytes

const symbolsOf = ({ needs }: Pick<Filed, 'needs'>): number =>
  needs.reduce((sum, { symbols }) => sum + (symbols?.length ?? 0), 0)

function parsed(text: string): Index | undefined {
  try {
    return JSON.parse(text) as Index
  } catch {
    return undefined
  }
}

/** Removes what other versions of the program left, unless one of them still runs. */
async function removeOtherVersions(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const { name } = entry
    if (name === VERSION || !ANY_VERSION.test(name) || !entry.isDirectory()) continue
    const lock = await lockFolder(join(dir, name))
    if (typeof lock === 'number') continue
    await rm(join(dir, name), { recursive: true, force: true })
    await lock.release()
  }
}
