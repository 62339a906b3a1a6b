import type { SQLInputValue } from 'node:sqlite'
import type { ReadBatch, ReadColumn } from '../../engine.ts'
import type { SqliteColumn } from '../ad-hoc-answer.ts'
import type { SqliteFile } from '../file.ts'

/** A statement to run on a file. */
export interface ChildRequest {
  /** A path, or the URI of an immutable file. */
  readonly file: string | { readonly url: string }
  /** The identity of the file: a replaced file is opened again. */
  readonly identity: string
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
  /** The columns of batches; ignored for rows. */
  readonly columns: readonly ReadColumn[]
  /** Set if several statements must see one state of the file; the last one ends the transaction. */
  readonly transaction?: 'open' | 'last'
}

/** The file description for a subprocess. Throws `DATABASE_UNAVAILABLE` if it is missing. */
export function requestedFile({ identity, location }: SqliteFile): Pick<ChildRequest, 'file' | 'identity'> {
  return { identity, file: typeof location === 'string' ? location : { url: location.href } }
}

/** Requests the next chunk; nothing is read ahead. */
export const NEXT = 'next'

/** The total memory limit of a subprocess, and the signal with which it ends itself beyond it, as V8 does. */
export const MEMORY_LIMIT = 512 * 2 ** 20
export const OUT_OF_MEMORY = 'SIGABRT'

/** Rows, with their source columns. */
export interface RowsChunk {
  readonly columns: readonly SqliteColumn[]
  readonly rows: unknown[][]
  readonly last: boolean
}

/** The form of a chunk: rows or a batch. */
export interface Chunks {
  readonly rows: RowsChunk
  readonly batches: ReadBatch
}

export type Form = keyof Chunks

/** The transferable part of an error. */
export interface Failure {
  /** Code of node:sqlite, or of a `StockdbError`. */
  readonly code?: string | undefined
  readonly errcode?: number | undefined
  readonly message: string
}

/** Messages of a subprocess: `ready` once, then one response per request. */
export type ChildResponse<F extends Form> = 'ready' | Chunks[F] | { readonly failure: Failure }
