import { createHash, randomUUID, subtle } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FrameHeader } from '@stockdb/contract/wire'
import { joinBytes } from '@stockdb/contract/wire'
import type { BlockFacts } from './blocks/block.ts'
import type { Need } from './touched.ts'
import type { WireParts } from './wire-answer.ts'

const CONTENT = '.arrow'
const DESCRIPTION = '.json'
/** Descriptions that are read at the same time. */
const AT_ONCE = 16

/** What is known of a file without its content. */
export interface FileFacts {
  readonly needs: readonly Need[]
  /** When it was read, as wall-clock time. */
  readonly readOn: number
  /** Given for a block of columns; another file is a whole answer. */
  readonly block?: BlockFacts | undefined
}

interface Description extends FileFacts {
  readonly header: FrameHeader
  readonly parts: readonly { readonly bytes: number; readonly rows: number }[]
  readonly sha256: string
}

/** Which file is meant: `sum` is the checksum of its description, which has that of the content. */
export interface FileName {
  readonly name: string
  readonly sum: string
}

/** The files of a folder: Arrow streams, each with a description. A reader finds each of them whole, as it was written, or not at all. */
export class FolderFiles {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Writes the two files of a name; returns the checksum of the description. */
  async write(name: string, { needs, readOn, block }: FileFacts, { header, parts }: WireParts): Promise<string> {
    const bytes = joinBytes(parts.map((part) => part.bytes))
    const about: Description = {
      ...{ needs, readOn, block, header },
      parts: parts.map((part) => ({ bytes: part.bytes.length, rows: part.rows })),
      sha256: await sumOfLong(bytes),
    }
    const text = JSON.stringify(about)
    await this.replace(name + CONTENT, bytes)
    await this.replace(name + DESCRIPTION, text)
    return sumOf(text)
  }

  /** The content of a name. Throws if a file is gone, or damaged. */
  async read(of: FileName): Promise<WireParts> {
    const [bytes, { header, parts, sha256 }] = await Promise.all([
      readFile(this.#path(of.name + CONTENT)),
      this.#description(of),
    ])
    if ((await sumOfLong(bytes)) !== sha256) throw new Error('its checksum differs')
    let at = 0
    const cut = parts.map(({ bytes: length, rows }) => {
      // In memory of its own, so that its columns are aligned.
      const part = { bytes: new Uint8Array(bytes.subarray(at, at + length)), rows }
      at += length
      return part
    })
    return { header, parts: cut, rows: parts.reduce((sum, { rows }) => sum + rows, 0), bytes: bytes.length }
  }

  /** What is known of each of some files, and the bytes of its content; without those whose description is gone or damaged. */
  async describe<Of extends FileName>(all: readonly Of[]): Promise<(Of & FileFacts & { readonly bytes: number })[]> {
    const found: (Of & FileFacts & { readonly bytes: number })[] = []
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const some = all.slice(from, from + AT_ONCE).map(async (of) => {
        const { needs, readOn, block, parts } = await this.#description(of)
        return { ...of, needs, readOn, block, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) }
      })
      for (const one of await Promise.allSettled(some)) if (one.status === 'fulfilled') found.push(one.value)
    }
    return found
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name + CONTENT), { force: true })
    await rm(this.#path(name + DESCRIPTION), { force: true })
  }

  /** Removes all files but those of some names, and some others. */
  async keepOnly(names: readonly string[], others: readonly string[]): Promise<void> {
    const known = new Set([...others, ...names.flatMap((name) => [name + CONTENT, name + DESCRIPTION])])
    for (const file of await readdir(this.#folder)) if (!known.has(file)) await rm(this.#path(file), { force: true })
  }

  readText(file: string): Promise<string> {
    return readFile(this.#path(file), 'utf8')
  }

  removeText(file: string): Promise<void> {
    return rm(this.#path(file), { force: true })
  }

  /** Readers find the old file or the new one, whole. */
  async replace(file: string, content: Uint8Array | string): Promise<void> {
    const part = this.#path(`${randomUUID()}.part`)
    try {
      await writeFile(part, content, { mode: 0o600 })
      await rename(part, this.#path(file))
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  }

  async #description({ name, sum }: FileName): Promise<Description> {
    const text = await readFile(this.#path(name + DESCRIPTION), 'utf8')
    if (sumOf(text) !== sum) throw new Error('the checksum of its description differs')
    return JSON.parse(text) as Description
  }

  #path(file: string): string {
    return join(this.#folder, file)
  }
}

const sumOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** In another thread: calls do not wait for it. */
const sumOfLong = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  Buffer.from(await subtle.digest('SHA-256', bytes)).toString('hex')
