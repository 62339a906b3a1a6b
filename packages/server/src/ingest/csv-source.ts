import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type CsvError, parse } from 'csv-parse'
import { ImportError } from './import-error.ts'
import { type TextOptions, textBlocks } from './text-blocks.ts'

/** A record of a CSV file and the line that it ends on, counted from 1. */
export interface CsvRecord {
  readonly cells: readonly string[]
  readonly line: number
}

/**
 * Reads the records of a CSV file, including the header. Gzip is recognised by the first bytes, not by the name. Cells
 * are separated by commas, or by tabs if the header has tabs and no comma. Empty lines are skipped. Only a few records
 * are held at a time.
 *
 * `onBytes` receives how many bytes of the file were read. Throws an `ImportError` that names file and line if the file
 * cannot be read, is not in its encoding, is truncated or is not CSV.
 */
export async function* readCsv(
  file: string,
  options: TextOptions,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<CsvRecord> {
  try {
    const blocks = textBlocks(basename(file), bytesOf(file, await isGzipped(file), signal, onBytes), options)
    const first = await blocks.next()
    if (first.done) return
    const parser = parse({
      bom: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: 1_000_000,
      delimiter: delimiterOf(first.value),
    })
    const flow = pipeline(Readable.from(following(first.value, blocks), { objectMode: false }), parser, { signal })
    // The loop below throws the failure; this only keeps it from being "unhandled".
    flow.catch(() => {})
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { cells: record, line: info.lines }
    }
    await flow
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable(file, error)
  }
}

/** The bytes of a file, unpacked. */
async function* bytesOf(
  file: string,
  gzipped: boolean,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(file, { signal }) as AsyncIterable<Buffer>) {
      onBytes(chunk.length)
      yield chunk
    }
  }
  if (!gzipped) return yield* counted()
  const unpacked = createGunzip()
  const flow = pipeline(Readable.from(counted(), { objectMode: false }), unpacked, { signal })
  flow.catch(() => {})
  yield* unpacked as AsyncIterable<Buffer>
  await flow
}

async function* following(first: Buffer, others: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* others
}

function delimiterOf(head: Buffer): ',' | '\t' {
  const [header = ''] = head.toString().split(/[\r\n]/, 1)
  return header.includes('\t') && !header.includes(',') ? '\t' : ','
}

async function isGzipped(file: string): Promise<boolean> {
  await using handle = await open(file)
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
}

function unreadable(file: string, error: unknown): Error {
  if (error instanceof ImportError) return error
  const { code = '', message, lines } = error as CsvError & { code?: string; lines?: number }
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    Z_DATA_ERROR: 'its gzip data is damaged',
    Z_BUF_ERROR: 'its gzip data ends too early',
  }
  return new ImportError(basename(file), lines, reasons[code] ?? message, { cause: error })
}
