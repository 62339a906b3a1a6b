import type { SQLInputValue } from 'node:sqlite'
import type { ReadBatch, ReadColumn } from '../../engine.ts'
import type { SqliteColumn } from '../ad-hoc-answer.ts'
import type { SqliteFile } from '../file.ts'

/** A statement to be run on a file. */
export interface ChildRequest {
  /** A path, or the URL of a file that nobody changes. */
  readonly file: string | { readonly url: string }
  /** Which file it is: a file that has replaced it since is opened again. */
  readonly identity: string
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
  /** What batches are made of; not looked at where rows are wanted. */
  readonly columns: readonly ReadColumn[]
  /** Set where several statements must see one state of the file; the last one ends the transaction when it is through. */
  readonly transaction?: 'open' | 'last'
}

/** The file as a process is told of it. Throws `DATABASE_UNAVAILABLE` when it is not there. */
export function requestedFile({ identity, location }: SqliteFile): Pick<ChildRequest, 'file' | 'identity'> {
  return { identity, file: typeof location === 'string' ? location : { url: location.href } }
}

/** Asks for the part after the one before; nothing is read ahead. */
export const NEXT = 'next'

/** What a process may take of memory, all in all, and the signal by which it ends itself beyond; V8 does it by the same. */
export const MEMORY_LIMIT = 512 * 2 ** 20
export const OUT_OF_MEMORY = 'SIGABRT'

/** Some rows as they are, and of which table's columns they are. */
export interface RowsChunk {
  readonly columns: readonly SqliteColumn[]
  readonly rows: unknown[][]
  readonly last: boolean
}

/** In which form a process gives what it reads. */
export interface Chunks {
  readonly rows: RowsChunk
  readonly batches: ReadBatch
}

export type Form = keyof Chunks

/** What became of a statement that failed, as far as an error can be told to another process. */
export interface Failure {
  /** Of node:sqlite, or of a `StockdbError`. */
  readonly code?: string | undefined
  readonly errcode?: number | undefined
  readonly message: string
}

/** What a process says: once that it is ready, then one answer to each message. */
export type ChildResponse<F extends Form> = 'ready' | Chunks[F] | { readonly failure: Failure }
