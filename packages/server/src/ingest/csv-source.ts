import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { PassThrough, Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type CsvError, parse } from 'csv-parse'
import { ImportError } from './import-error.ts'

/** A record of a CSV file and the line that it ends on, counted from 1. */
export interface CsvRecord {
  readonly cells: readonly string[]
  readonly line: number
}

/**
 * Reads the records of a CSV file, gzipped or not (told by its first bytes, not by its name), the header among them.
 * UTF-8, with or without a byte order mark; lines without any cell are passed over. No more of the file is held than a
 * few records.
 *
 * `onBytes` is told how many bytes of the file were read. Throws an `ImportError` that names file and line when the
 * file can not be read, is not whole or is not CSV.
 */
export async function* readCsv(
  file: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<CsvRecord> {
  const counter = new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      onBytes(chunk.length)
      done(null, chunk)
    },
  })
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: 1_000_000,
  })
  const unpack = (await isGzipped(file)) ? createGunzip() : new PassThrough()
  const flow = pipeline(createReadStream(file), counter, unpack, parser, { signal })
  // The failure is thrown by the loop below; here it must only not be "unhandled".
  flow.catch(() => {})
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { cells: record, line: info.lines }
    }
    await flow
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable(file, error)
  }
}

async function isGzipped(file: string): Promise<boolean> {
  try {
    await using handle = await open(file)
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): Error {
  if (error instanceof ImportError) return error
  const { code = '', message, lines } = error as CsvError & { code?: string; lines?: number }
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'it may not be read',
    EISDIR: 'it is a folder',
    Z_DATA_ERROR: 'its gzip data is damaged',
    Z_BUF_ERROR: 'its gzip data ends too early',
  }
  return new ImportError(basename(file), lines, reasons[code] ?? message, { cause: error })
}
