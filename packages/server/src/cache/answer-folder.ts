import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { FrameHeader } from '@stockdb/contract/wire'
import { joinBytes } from '@stockdb/contract/wire'
import { LRUCache } from 'lru-cache'
import type { EngineLog } from '../engine/observer.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import type { Need } from './touched.ts'
import type { WireParts } from './wire-answer.ts'

/** Changes with the form of the files: those of another form are removed. */
const VERSION = 'v1'
const INDEX = 'index.json'
const ANSWER = '.arrow'
const DESCRIPTION = '.json'
/** Files on a disk take whole blocks, and an answer has two of them. */
const FILES_BYTES = 8_192
/** How many answers a folder holds at most: the index is in memory. */
const MAX_ANSWERS = 20_000
/** Answers that wait to be written; more are not kept on disk. */
const MAX_WAITING_BYTES = 64 * 2 ** 20
const INDEX_DELAY_MS = 1_000

/** An answer on disk, as far as it is known without reading it. */
export interface FiledAnswer {
  /** Of its request, its tables and their declarations, and of the server: see {@link AnswerFolder.nameOf}. */
  readonly name: string
  readonly bytes: number
  readonly needs: readonly Need[]
  /** When it was read, as wall-clock time. */
  readonly readOn: number
}

interface Index {
  /** The name of the database's state in which all of the answers are true. */
  readonly state: string
  readonly answers: readonly FiledAnswer[]
}

interface Description {
  readonly header: FrameHeader
  readonly parts: readonly { readonly bytes: number; readonly rows: number }[]
  readonly sha256: string
}

/**
 * Answers as Arrow files, for a server that starts again and for more answers than memory holds. The index says in which state of the
 * database all of them are true; a server that finds the database in another one removes them. One process uses a folder.
 */
export class AnswerFolder {
  readonly #folder: string
  readonly #about: string
  readonly #lock: FolderLock
  readonly #answers: LRUCache<string, FiledAnswer>
  readonly #log: EngineLog
  /** Answers that are being written, and those of them that are untrue by now. */
  readonly #writing = new Map<string, readonly Need[]>()
  readonly #gone = new Set<string>()
  /** Of the last run, until the database's state is known. */
  #found: Index | undefined
  #work: Promise<void> = Promise.resolve()
  #waitingBytes = 0
  #saving: NodeJS.Timeout | undefined
  #state: () => string | undefined = () => undefined
  #failed = false

  private constructor(folder: string, lock: FolderLock, maxBytes: number, about: string, log: EngineLog) {
    this.#folder = folder
    this.#lock = lock
    this.#about = about
    this.#log = log
    this.#answers = new LRUCache({
      max: MAX_ANSWERS,
      maxSize: maxBytes,
      sizeCalculation: ({ bytes }) => FILES_BYTES + bytes,
      dispose: ({ name }, _key, why) => {
        if (why !== 'set') this.#do(() => this.#remove(name))
      },
    })
  }

  /**
   * Opens a folder, and makes it. `about` is whatever answers depend on besides their request and the state: the database's address
   * and the program's version. `undefined` if another process uses it. Throws a `TypeError` for a folder that cannot be used.
   */
  static async open(dir: string, maxBytes: number, about: string, log: EngineLog): Promise<AnswerFolder | undefined> {
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
      const opened = new AnswerFolder(folder, lock, maxBytes, about, log)
      await opened.#load()
      return opened
    } catch (error) {
      throw new TypeError(`--cache-dir: got ${JSON.stringify(dir)}, which cannot be used: ${(error as Error).message}`)
    }
  }

  /** How many answers it has, and their bytes. */
  get size(): { readonly answers: number; readonly bytes: number } {
    return { answers: this.#answers.size, bytes: this.#answers.calculatedSize }
  }

  /** Where the state comes from in which all answers here are true. */
  readStateFrom(state: () => string | undefined): void {
    this.#state = state
  }

  /** Takes the answers of the last run if the database is still in their state, and `isTrue` of them; removes the others. */
  adopt(state: string | undefined, isTrue: (needs: readonly Need[]) => boolean): void {
    const found = this.#found
    this.#found = undefined
    if (!found) return
    for (const answer of found.answers) {
      if (found.state === state && isTrue(answer.needs)) this.#answers.set(answer.name, answer)
      else this.#do(() => this.#remove(answer.name))
    }
    this.#saveSoon()
  }

  /** The name of the files of an answer; `tables` says all that is known of its tables. */
  nameOf(key: string, tables: string): string {
    return createHash('sha256')
      .update(JSON.stringify([this.#about, key, tables]))
      .digest('hex')
  }

  find(name: string): FiledAnswer | undefined {
    return this.#answers.get(name)
  }

  /** Writes an answer, some time later. */
  keep(name: string, needs: readonly Need[], readOn: number, whole: WireParts): void {
    if (this.#failed || this.#writing.has(name) || this.#waitingBytes + whole.bytes > MAX_WAITING_BYTES) return
    this.#waitingBytes += whole.bytes
    this.#do(async () => {
      try {
        const answer: FiledAnswer = { name, bytes: whole.bytes, needs, readOn }
        await this.#write(name, whole)
        // It may have become untrue while it was written.
        if (!this.#gone.delete(name)) this.#answers.set(name, answer)
        else await this.#remove(name)
        this.#saveSoon()
      } finally {
        this.#waitingBytes -= whole.bytes
        this.#writing.delete(name)
      }
    })
    this.#writing.set(name, needs)
  }

  /** The content of an answer; `undefined` for files that are gone or damaged, which are then removed. */
  async read({ name }: FiledAnswer): Promise<WireParts | undefined> {
    try {
      const [bytes, text] = await Promise.all([
        readFile(this.#path(name + ANSWER)),
        readFile(this.#path(name + DESCRIPTION), 'utf8'),
      ])
      const { header, parts, sha256 } = JSON.parse(text) as Description
      if (hashOf(bytes) !== sha256) throw new Error('its checksum differs')
      let at = 0
      const cut = parts.map(({ bytes: length, rows }) => {
        // In memory of its own, so that its columns are aligned.
        const part = { bytes: new Uint8Array(bytes.subarray(at, at + length)), rows }
        at += length
        return part
      })
      return { header, parts: cut, rows: parts.reduce((sum, { rows }) => sum + rows, 0), bytes: bytes.length }
    } catch {
      this.#answers.delete(name)
      return undefined
    }
  }

  /** Removes the answers for whose needs `isUntrue` returns true. */
  forget(isUntrue: (needs: readonly Need[]) => boolean): void {
    for (const [name, { needs }] of this.#answers.entries()) if (isUntrue(needs)) this.#answers.delete(name)
    for (const [name, needs] of this.#writing) if (isUntrue(needs)) this.#gone.add(name)
    this.#saveSoon()
  }

  clear(): void {
    this.forget(() => true)
  }

  /** Writes the index, and lets others use the folder. */
  async close(): Promise<void> {
    clearTimeout(this.#saving)
    this.#do(() => this.#save())
    await this.#work
    await this.#lock.release()
  }

  async #load(): Promise<void> {
    try {
      this.#found = JSON.parse(await readFile(this.#path(INDEX), 'utf8')) as Index
    } catch {
      this.#found = undefined
    }
    const known = new Set(this.#found?.answers.flatMap(({ name }) => [name + ANSWER, name + DESCRIPTION]))
    for (const file of await readdir(this.#folder))
      if (![INDEX, this.#lock.file].includes(file) && !known.has(file)) await rm(this.#path(file), { force: true })
  }

  async #write(name: string, { header, parts }: WireParts): Promise<void> {
    const bytes = joinBytes(parts.map((part) => part.bytes))
    const about: Description = {
      header,
      parts: parts.map((part) => ({ bytes: part.bytes.length, rows: part.rows })),
      sha256: hashOf(bytes),
    }
    await this.#replace(name + ANSWER, bytes)
    await this.#replace(name + DESCRIPTION, JSON.stringify(about))
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
    const state = this.#state()
    if (state === undefined) return rm(this.#path(INDEX), { force: true })
    const index: Index = { state, answers: [...this.#answers.values()].toReversed() }
    await this.#replace(INDEX, JSON.stringify(index))
  }

  /** Readers find the old file or the new one, whole. */
  async #replace(file: string, content: Uint8Array | string): Promise<void> {
    const part = this.#path(`${randomUUID()}.part`)
    try {
      await writeFile(part, content, { mode: 0o600 })
      await rename(part, this.#path(file))
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  }

  async #remove(name: string): Promise<void> {
    await rm(this.#path(name + ANSWER), { force: true })
    await rm(this.#path(name + DESCRIPTION), { force: true })
  }

  /** One after the other. A disk that is full fails no call; it is said once. */
  #do(act: () => Promise<void>): void {
    this.#work = this.#work.then(act).catch((error: unknown) => {
      if (!this.#failed) this.#log.warn(`--cache-dir: ${(error as Error).message}; no more answers are written there`)
      this.#failed = true
    })
  }

  #path(file: string): string {
    return join(this.#folder, file)
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
