import { isUtf8 } from 'node:buffer'
import { ImportError } from './import-error.ts'

/** How to read the text of a file. */
export interface TextOptions {
  /** A label of `TextDecoder`; by default UTF-8, or UTF-16 with a byte order mark. */
  readonly encoding?: string | undefined
  /** Accepts a file without a final line end, which may be truncated. */
  readonly allowNoNewline?: boolean | undefined
}

const [LF, CR] = [0x0a, 0x0d]
/** The longest line, in bytes. */
const MAX_LINE_BYTES = 4 * 2 ** 20

/** Whether there is such an encoding. */
export function isEncoding(label: string): boolean {
  try {
    new TextDecoder(label)
    return true
  } catch {
    return false
  }
}

/**
 * The text of a file as UTF-8, in blocks of whole lines. Bytes that are invalid in its encoding are never replaced:
 * throws an `ImportError` that names the line. Also throws if the last line has no end, because the file may be
 * truncated.
 */
export async function* textBlocks(
  file: string,
  chunks: AsyncIterable<Buffer>,
  { encoding, allowNoNewline = false }: TextOptions,
): AsyncGenerator<Buffer> {
  let decoder: BlockDecoder | undefined
  let pending: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    // The byte order mark has at most three bytes.
    if (!decoder && pending.length < 3) continue
    decoder ??= decoderOf(file, pending, encoding)
    const end = decoder.lastLineEnd(pending)
    if (end > 0) yield decoder.decode(pending.subarray(0, end))
    pending = pending.subarray(end)
    if (pending.length > MAX_LINE_BYTES)
      decoder.fail(0, `the line is longer than ${MAX_LINE_BYTES.toLocaleString('en')} bytes`)
  }
  decoder ??= decoderOf(file, pending, encoding)
  if (pending.length === 0) return
  const last = decoder.decode(pending)
  if (!allowNoNewline && last.length > 0 && last.at(-1) !== LF && last.at(-1) !== CR) {
    decoder.fail(0, 'the last row has no line end, so the file may be truncated; --allow-no-newline accepts it')
  }
  yield last
}

function decoderOf(file: string, head: Buffer, encoding: string | undefined): BlockDecoder {
  if (encoding !== undefined) return new BlockDecoder(file, encoding)
  if (head[0] === 0xff && head[1] === 0xfe) return new BlockDecoder(file, 'utf-16le')
  if (head[0] === 0xfe && head[1] === 0xff) return new BlockDecoder(file, 'utf-16be')
  return new BlockDecoder(file, 'utf-8', true)
}

/** Decodes whole lines, and counts them. */
class BlockDecoder {
  readonly #file: string
  readonly #encoding: string
  readonly #assumed: boolean
  readonly #decoder: InstanceType<typeof TextDecoder>
  readonly #wide: boolean
  #lines = 0
  /** The text so far ends in a CR, which may form one line end with a following LF. */
  #endsInCr = false

  constructor(file: string, encoding: string, assumed = false) {
    this.#file = file
    this.#decoder = new TextDecoder(encoding, { fatal: true })
    this.#encoding = this.#decoder.encoding
    this.#wide = this.#encoding.startsWith('utf-16')
    this.#assumed = assumed
  }

  /** Where the last whole line ends; 0 if there is none. */
  lastLineEnd(bytes: Buffer): number {
    if (!this.#wide) return Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1
    for (let at = (bytes.length & ~1) - 2; at >= 0; at -= 2) if (this.#isLineEnd(bytes, at)) return at + 2
    return 0
  }

  /** Lines of the file in UTF-8. */
  decode(lines: Buffer): Buffer {
    const text = this.#textOf(lines)
    if (!text || text.includes(0)) this.#refuse(lines)
    this.#count(text)
    return text
  }

  /** Counts line ends: LF, CR LF, and CR alone. */
  #count(text: Buffer): void {
    if (text.length === 0) return
    for (let at = text.indexOf(LF); at >= 0; at = text.indexOf(LF, at + 1)) this.#lines++
    if (this.#endsInCr && text[0] === LF) this.#lines--
    for (let at = text.indexOf(CR); at >= 0; at = text.indexOf(CR, at + 1)) if (text[at + 1] !== LF) this.#lines++
    this.#endsInCr = text.at(-1) === CR
  }

  /** Throws an error that names the first line not yet decoded, or the one after it. */
  fail(further: number, reason: string): never {
    const last = this.#lines + 1 + further
    throw new ImportError(this.#file, last, reason)
  }

  #textOf(lines: Buffer): Buffer | undefined {
    // Valid UTF-8 need not be decoded and encoded again.
    if (this.#encoding === 'utf-8') return isUtf8(lines) ? lines : undefined
    try {
      return Buffer.from(this.#decoder.decode(lines))
    } catch {
      return undefined
    }
  }

  #refuse(lines: Buffer): never {
    let further = 0
    // The LF of a CR LF that was split between two blocks.
    const begin = this.#endsInCr && this.#unitAt(lines, 0) === LF ? (this.#wide ? 2 : 1) : 0
    for (let rest = lines.subarray(begin); rest.length > 0; further++) {
      const line = rest.subarray(0, this.#firstLineEnd(rest))
      const text = this.#textOf(line)
      if (!text) {
        const hint = 'for a file from Excel or an older program use --encoding gb18030'
        this.fail(further, `it is not valid ${this.#encoding.toUpperCase()}${this.#assumed ? `; ${hint}` : ''}`)
      }
      if (text.includes(0))
        this.fail(further, 'it contains a null character; for UTF-16 without a byte order mark use --encoding utf-16le')
      rest = rest.subarray(line.length)
    }
    throw new ImportError(this.#file, this.#lines + 1, `it is not valid ${this.#encoding.toUpperCase()}`)
  }

  #firstLineEnd(bytes: Buffer): number {
    const step = this.#wide ? 2 : 1
    for (let at = 0; at + step <= bytes.length; at += step) {
      if (!this.#isLineEnd(bytes, at)) continue
      const isPair = this.#unitAt(bytes, at) === CR && this.#unitAt(bytes, at + step) === LF
      return at + (isPair ? 2 * step : step)
    }
    return bytes.length
  }

  #isLineEnd(bytes: Buffer, at: number): boolean {
    const unit = this.#unitAt(bytes, at)
    return unit === LF || unit === CR
  }

  /** One byte, or two in UTF-16. */
  #unitAt(bytes: Buffer, at: number): number | undefined {
    if (!this.#wide) return bytes[at]
    const [low, high] = this.#encoding === 'utf-16le' ? [0, 1] : [1, 0]
    return (bytes[at + high] ?? 0) * 256 + (bytes[at + low] ?? 0)
  }
}
