import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type CsvError, parse } from 'csv-parse'
import { ImportError } from './import-error.ts'
import { type TextOptions, textBlocks } from './text-blocks.ts'

const MAX_RECORD_BYTES = 1_000_000

/** A record of a CSV file and the line that it ends on, counted from 1. */
export interface CsvRecord {
  readonly cells: readonly string[]
  readonly line: number
  /** The places of cells that are `""`, where that differs from nothing at all. */
  readonly emptyTexts?: ReadonlySet<number> | undefined
}

/** How to read a CSV file. */
export interface CsvOptions extends TextOptions {
  /** Tells `""` from nothing, which takes longer. */
  readonly emptyTexts?: boolean | undefined
}

/**
 * Reads the records of a CSV file, including the header. Gzip is recognised by the first bytes, not by the name. Cells
 * are separated by commas, or by tabs if the header has tabs and no comma. Empty lines are skipped. Only a few records
 * are held at a time. With `emptyTexts`, a cell `""` differs from an empty one, unless the header is quoted: then every cell may be,
 * whatever it holds.
 *
 * `onBytes` receives how many bytes of the file were read. Throws an `ImportError` that names file and line if the file
 * cannot be read, is not in its encoding, is truncated or is not CSV.
 */
export async function* readCsv(
  file: string,
  options: CsvOptions,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<CsvRecord> {
  const lines = new LineCount()
  const quotes = options.emptyTexts ? new QuotedCells() : undefined
  try {
    const blocks = textBlocks(basename(file), bytesOf(file, await isGzipped(file), signal, onBytes), options)
    const first = await blocks.next()
    if (first.done) return
    const parser = parse({
      bom: true,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: MAX_RECORD_BYTES,
      delimiter: delimiterOf(first.value),
      ...(quotes ? { cast: (text: string, { quoting, index }) => quotes.note(text, quoting, index) } : {}),
      // Called as rows are parsed, which is before they are taken: an error must name the line after all of them.
      // Its types know no other result than the cells.
      on_record: (cells, { empty_lines: empty }) =>
        ({
          cells,
          line: lines.endOf(cells, empty),
          emptyTexts: quotes?.takeEmpty(),
        }) satisfies CsvRecord as unknown as string[],
    })
    const flow = pipeline(Readable.from(following(first.value, blocks), { objectMode: false }), parser, { signal })
    // The loop below throws the failure; this only keeps it from being "unhandled".
    flow.catch(() => {})
    yield* parser as AsyncIterable<unknown> as AsyncIterable<CsvRecord>
    await flow
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable(file, error, lines)
  }
}

/** Finds the cells that are `""` while a record is parsed. */
class QuotedCells {
  #isHeader = true
  #headerIsQuoted = false
  #empty: Set<number> | undefined

  note(text: string, quoted: boolean, index: number): string {
    if (quoted && this.#isHeader) this.#headerIsQuoted = true
    if (quoted && text === '' && !this.#headerIsQuoted) {
      this.#empty ??= new Set()
      this.#empty.add(index)
    }
    return text
  }

  /** Those of the record that ends. */
  takeEmpty(): ReadonlySet<number> | undefined {
    const empty = this.#empty
    this.#empty = undefined
    this.#isHeader = false
    return empty
  }
}

/** Counts lines as an editor does. csv-parse takes a CR LF within quotes for two. */
class LineCount {
  #last = 0
  #empty = 0

  /** The line on which a record ends; `empty` counts the empty lines before it in the file. */
  endOf(cells: readonly string[], empty: number): number {
    this.#last = this.startAfter(empty)
    this.#empty = empty
    for (const cell of cells) if (/[\r\n]/.test(cell)) this.#last += cell.match(/\r\n|\r|\n/g)?.length ?? 0
    return this.#last
  }

  /** The line on which the record after the last one begins. */
  startAfter(empty: number): number {
    return this.#last + 1 + empty - this.#empty
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

function unreadable(file: string, error: unknown, lines: LineCount): Error {
  if (error instanceof ImportError) return error
  const { code = '', message, empty_lines: empty } = error as CsvError & { code?: string; empty_lines?: number }
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    Z_DATA_ERROR: 'its gzip data is damaged',
    Z_BUF_ERROR: 'its gzip data ends too early',
    CSV_QUOTE_NOT_CLOSED: 'the row that begins here has a quote that is never closed',
    CSV_INVALID_CLOSING_QUOTE:
      'the row that begins here has text after a closing quote; a quote within a quoted value is written twice',
    INVALID_OPENING_QUOTE: 'the row that begins here has a quote within a value that is not quoted',
    CSV_MAX_RECORD_SIZE: `the row that begins here is longer than ${MAX_RECORD_BYTES.toLocaleString('en')} bytes; a quote may not be closed`,
  }
  const line = empty === undefined ? undefined : lines.startAfter(empty)
  return new ImportError(basename(file), line, reasons[code] ?? message, { cause: error })
}
