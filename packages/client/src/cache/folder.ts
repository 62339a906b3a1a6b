import { errorOf } from '../errors.ts'
import type { IncomingBatch } from '../links/frame-reader.ts'
import { type Description, decodeBatches, encodeBatches, readAnswer, writeAnswer } from './answer-file.ts'
import { lockFolder } from './folder-lock.ts'
import { type Platform, platform } from './node-modules.ts'

/** Changes with the form of the files: others are neither read nor counted. */
const VERSION = 'v1'
const SUFFIX = '.arrow'
/** Of answers that are no frames. */
const JSON_SUFFIX = '.call.json'

/** An answer from the folder. */
export interface Found {
  readonly batches: readonly IncomingBatch[]
  readonly state: string
  /** As of when it is. */
  readonly asOf: string
}

interface Size {
  readonly bytes: number
  usedAt: number
}

/** The folders that are open in this process. */
const folders = new Map<string, Promise<CacheFolder>>()

/**
 * Answers as Arrow files in a folder. One process writes to it; another one that opens it meanwhile only reads. A file that is
 * damaged, or of another question, is as if it were not there.
 */
export class CacheFolder {
  readonly #platform: Platform
  readonly #folder: string
  readonly #maxBytes: number
  readonly #salt: string
  readonly #writes: boolean
  readonly #sizes: Map<string, Size>
  #bytes: number
  #last: Promise<void> = Promise.resolve()

  private constructor(
    platform: Platform,
    {
      folder,
      maxBytes,
      salt,
      writes,
      sizes,
    }: { folder: string; maxBytes: number; salt: string; writes: boolean; sizes: Map<string, Size> },
  ) {
    this.#platform = platform
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#salt = salt
    this.#writes = writes
    this.#sizes = sizes
    this.#bytes = [...sizes.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Opens a folder, and makes it. Throws `INVALID_INPUT` in browsers, and for one that cannot be made or read. */
  static async open(dir: string, maxBytes: number): Promise<CacheFolder> {
    const here = platform()
    if (!here) throw errorOf('INVALID_INPUT', 'cache.dir: got a folder; expected none, because a browser has no files')
    const path = here.path.resolve(dir)
    let opened = folders.get(path)
    if (!opened) {
      opened = CacheFolder.#open(here, path, maxBytes)
      folders.set(path, opened)
      opened.catch(() => folders.delete(path))
    }
    return opened.catch((cause: unknown) => {
      const { message } = cause as Error
      throw errorOf('INVALID_INPUT', `cache.dir: got ${JSON.stringify(dir)}, which cannot be used: ${message}`, {
        cause,
      })
    })
  }

  static async #open(here: Platform, path: string, maxBytes: number): Promise<CacheFolder> {
    const { files } = here
    const folder = here.path.join(path, VERSION)
    await files.mkdir(folder, { recursive: true })
    const salt = await saltOf(here, folder)
    const writes = await lockFolder(here, folder)
    const sizes = new Map<string, Size>()
    for (const name of await files.readdir(folder)) {
      const file = here.path.join(folder, name)
      // What a process that ended left half written.
      if (name.endsWith('.part') && writes) await files.rm(file, { force: true })
      if (!name.endsWith(SUFFIX) && !name.endsWith(JSON_SUFFIX)) continue
      const found = await files.stat(file).catch(() => undefined)
      if (found) sizes.set(name, { bytes: found.size, usedAt: found.mtimeMs })
    }
    return new CacheFolder(here, { folder, maxBytes, salt, writes, sizes })
  }

  /** The answers of one server to one token: nobody else finds them. The name of a file reveals neither. */
  of(url: string, token: string | undefined): FolderPart {
    return new FolderPart(this, this.hash(JSON.stringify([url, token ?? null])))
  }

  hash(text: string | Uint8Array): string {
    return this.#platform.crypto.createHash('sha256').update(this.#salt).update(text).digest('hex')
  }

  async read(name: string, key: string): Promise<Found | undefined> {
    const file = this.#platform.path.join(this.#folder, name)
    try {
      const bytes = await this.#platform.files.readFile(file)
      const found = readAnswer(bytes)
      if (!found || found.about.key !== key || this.hash(found.arrow) !== found.about.sha256) return undefined
      const batches = await decodeBatches(found.arrow)
      this.#used(name, file)
      return { batches, state: found.about.state, asOf: found.about.asOf }
    } catch {
      return undefined
    }
  }

  /** `undefined` for a file that is damaged, or is not there. */
  async readJson(name: string): Promise<unknown> {
    try {
      const bytes = await this.#platform.files.readFile(this.#platform.path.join(this.#folder, name))
      return JSON.parse(new TextDecoder().decode(bytes))
    } catch {
      return undefined
    }
  }

  writeJson(name: string, value: unknown): void {
    const bytes = new TextEncoder().encode(JSON.stringify(value))
    this.#later(() => this.#replace(name, bytes))
  }

  /** Like {@link writeJson}, for one of the files that make room for each other. */
  writeJsonAnswer(name: string, value: unknown): void {
    const bytes = new TextEncoder().encode(JSON.stringify(value))
    this.#later(() => this.#add(name, bytes))
  }

  /** Writes an answer, one after the other. A folder that is full or gone keeps nothing, which is no failure of a call. */
  write(name: string, about: Omit<Description, 'sha256'>, batches: readonly IncomingBatch[]): void {
    if (!this.#writes) return
    // At once, because the caller may change the columns.
    const arrow = encodeBatches(batches)
    if (arrow.length > this.#maxBytes) return
    this.#later(() => this.#add(name, writeAnswer(arrow, { ...about, sha256: this.hash(arrow) })))
  }

  #later(write: () => Promise<void>): void {
    if (this.#writes) this.#last = this.#last.then(write).catch(() => {})
  }

  async #add(name: string, bytes: Uint8Array): Promise<void> {
    await this.#replace(name, bytes)
    this.#bytes += bytes.length - (this.#sizes.get(name)?.bytes ?? 0)
    this.#sizes.set(name, { bytes: bytes.length, usedAt: Date.now() })
    await this.#makeRoom()
  }

  /** Readers find the old file or the new one, whole. */
  async #replace(name: string, bytes: Uint8Array): Promise<void> {
    const { files, path, crypto } = this.#platform
    const part = path.join(this.#folder, `${crypto.randomUUID()}.part`)
    try {
      await files.writeFile(part, bytes, { mode: 0o600 })
      await files.rename(part, path.join(this.#folder, name))
    } catch (error) {
      await files.rm(part, { force: true })
      throw error
    }
  }

  async #makeRoom(): Promise<void> {
    if (this.#bytes <= this.#maxBytes) return
    for (const [name, { bytes }] of [...this.#sizes].toSorted(([, one], [, other]) => one.usedAt - other.usedAt)) {
      if (this.#bytes <= this.#maxBytes) break
      await this.#platform.files.rm(this.#platform.path.join(this.#folder, name), { force: true })
      this.#sizes.delete(name)
      this.#bytes -= bytes
    }
  }

  #used(name: string, file: string): void {
    const size = this.#sizes.get(name)
    if (!size || !this.#writes) return
    size.usedAt = Date.now()
    this.#platform.files.utimes(file, new Date(), new Date()).catch(() => {})
  }
}

/** The part of a folder that belongs to one server and token. */
export class FolderPart {
  readonly #folder: CacheFolder
  readonly #scope: string

  constructor(folder: CacheFolder, scope: string) {
    this.#folder = folder
    this.#scope = scope
  }

  read(key: string): Promise<Found | undefined> {
    return this.#folder.read(this.#nameOf(key), key)
  }

  write(key: string, state: string, asOf: string, batches: readonly IncomingBatch[]): void {
    this.#folder.write(this.#nameOf(key), { key, state, asOf }, batches)
  }

  /** What the server said of itself when it was last connected to. */
  async info(): Promise<unknown> {
    return this.#folder.readJson(this.#infoName)
  }

  keepInfo(info: unknown): void {
    this.#folder.writeJson(this.#infoName, info)
  }

  /** An answer that is no frame. */
  async readJson(key: string): Promise<unknown> {
    const found = await this.#folder.readJson(this.#jsonNameOf(key))
    return (found as { readonly answer?: unknown } | undefined)?.answer
  }

  keepJson(key: string, answer: unknown): void {
    this.#folder.writeJsonAnswer(this.#jsonNameOf(key), { key, answer })
  }

  get #infoName(): string {
    return `${this.#folder.hash(`${this.#scope} info`)}.json`
  }

  #nameOf(key: string): string {
    return `${this.#folder.hash(`${this.#scope} ${key}`)}${SUFFIX}`
  }

  #jsonNameOf(key: string): string {
    return `${this.#folder.hash(`${this.#scope} ${key}`)}${JSON_SUFFIX}`
  }
}

/** Without it, who knows a name could try whose it is. */
async function saltOf({ files, path, crypto }: Platform, folder: string): Promise<string> {
  const file = path.join(folder, 'salt')
  const bytes = new TextEncoder().encode(crypto.randomUUID())
  await files.writeFile(file, bytes, { flag: 'wx', mode: 0o600 }).catch(() => {})
  return new TextDecoder().decode(await files.readFile(file))
}
