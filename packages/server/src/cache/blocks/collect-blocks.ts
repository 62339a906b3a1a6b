import type { Dataset } from '@stockdb/contract'
import { dateOf, tableName } from '@stockdb/contract/internal'
import type { Batch, Vector } from '@stockdb/contract/wire'
import { isValid } from '@stockdb/contract/wire'
import type { Need } from '../touched.ts'
import { isPlainCode } from './asked-rows.ts'
import { Block, type BlockColumn, type BlockRead, type Numbers, type NumberType, type Piece } from './block.ts'
import type { Roster } from './block-index.ts'

/** Rough memory of a block besides its columns, and of a symbol in it. */
const ENTRY_BYTES = 1_024
const SYMBOL_BYTES = 160

/** The memory of a block of some symbols. */
export const blockBytes = (
  symbols: number,
  columns: readonly (Pick<BlockColumn, 'values' | 'validity'> | undefined)[],
) =>
  columns.reduce(
    (sum, one) => sum + (one?.values.byteLength ?? 0) + (one?.validity?.byteLength ?? 0),
    ENTRY_BYTES + symbols * SYMBOL_BYTES,
  )

/** What a read of rows asked for, of which blocks are made. Its columns are the symbol, the date and the fields. */
export interface RowsRead {
  readonly dataset: Dataset
  readonly table: unknown
  readonly symbols: readonly string[] | undefined
  readonly fields: readonly string[]
  readonly from: number
  readonly to: number
  /** Only the last rows of each symbol, so many. */
  readonly last?: number | undefined
}

/** Blocks that were read in one state, and the rows that they have of each symbol. */
export interface MadeBlocks {
  readonly blocks: readonly { readonly block: Block; readonly pieces: ReadonlyMap<string, Piece> }[]
  readonly roster: Roster | undefined
}

/** How blocks are made. */
export interface BlockMaking {
  /** The size from which on the next symbol begins another block. */
  readonly maxBytes: number
  /** Names each of them. */
  readonly keyOf: () => string
  /** Called when one is kept no longer. */
  readonly onLeft: (block: Block) => void
}

/** The rows of a symbol: those from `first` to before `end`. */
interface Run {
  readonly symbol: string
  readonly first: number
  end: number
}

/** Collects the rows of a read, and makes blocks of them. */
export class BlockCollector {
  readonly #of: RowsRead
  readonly #batches: { readonly rows: number; readonly vectors: readonly Vector[] }[] = []
  readonly #runs: Run[] = []
  #rows = 0
  #lastDay = 0
  /** Whether rows are as blocks have them: of the symbols asked for, one after the other, each by date. */
  fits = true
  bytes = 0

  constructor(of: RowsRead) {
    this.#of = of
  }

  /** Takes the rows of a batch, which may be used again afterwards. */
  add({ numRows, vectors }: Batch): void {
    const [symbols, days] = vectors
    if (!this.fits || numRows === 0) return
    if (symbols?.type !== 'symbol' || days?.type !== 'date' || symbols.nullCount > 0 || days.nullCount > 0) {
      this.fits = false
      return
    }
    this.#divide(symbols.values.subarray(0, numRows), symbols.dictionary, days.values)
    const copied = vectors.slice(1).map((vector) => copyOf(vector, numRows))
    this.#batches.push({ rows: numRows, vectors: copied })
    this.bytes += copied.reduce((sum, { values }) => sum + (values as Numbers).byteLength, 0)
    this.#rows += numRows
  }

  #divide(codes: Int32Array, dictionary: readonly string[], days: Int32Array): void {
    let run = this.#runs.at(-1)
    let code = run === undefined ? -1 : dictionary.indexOf(run.symbol)
    for (let row = 0; row < codes.length; row++) {
      const day = days[row] as number
      if (codes[row] === code && run) {
        if (day <= this.#lastDay) this.fits = false
      } else {
        if (run) run.end = this.#rows + row
        code = codes[row] as number
        const symbol = dictionary[code] as string
        if (run && symbol <= run.symbol) this.fits = false
        run = { symbol, first: this.#rows + row, end: 0 }
        this.#runs.push(run)
      }
      this.#lastDay = day
    }
    if (run) run.end = this.#rows + codes.length
  }

  /** The blocks; `undefined` if the rows do not fit. */
  finish(read: BlockRead, making: BlockMaking): MadeBlocks | undefined {
    const { symbols, from, to } = this.#of
    const { maxBytes, keyOf, onLeft } = making
    const found = new Map(this.#runs.map((run) => [run.symbol, run]))
    const asked = symbols && new Set(symbols)
    const isAsked = (symbol: string): boolean => (asked ? asked.has(symbol) : isPlainCode(symbol))
    if (!this.fits || ![...found.keys()].every(isAsked)) return undefined
    const all = symbols ?? [...found.keys()]
    const rowBytes = this.#rows === 0 ? 0 : this.bytes / this.#rows
    const blocks: MadeBlocks['blocks'][number][] = []
    for (let at = 0; at < all.length; ) {
      const group: string[] = []
      let [first, end] = [-1, -1]
      for (; at < all.length; at++) {
        const run = found.get(all[at] as string)
        if (run && first >= 0 && (run.end - first) * rowBytes > maxBytes) break
        if (run && first < 0) first = run.first
        if (run) end = run.end
        group.push(all[at] as string)
      }
      blocks.push(this.#block(group, found, Math.max(0, first), Math.max(0, end), read, making))
    }
    if (symbols) return { blocks, roster: undefined }
    const { dataset, table } = this.#of
    const bytes = blockBytes(all.length, [])
    const of = { ...{ dataset: dataset.name, table, read, bytes, last: undefined }, needs: [this.#need(undefined)] }
    const block = new Block({ ...of, key: keyOf(), days: new Int32Array(), columns: new Map() }, onLeft)
    return { blocks, roster: { block, from, to, symbols: all, among: new Set(all) } }
  }

  #need(symbols: readonly string[] | undefined): Need {
    const { dataset, from, to } = this.#of
    return { table: tableName(dataset), symbols, from: dayText(from), to: dayText(to) }
  }

  #block(
    group: readonly string[],
    runs: ReadonlyMap<string, Run>,
    first: number,
    end: number,
    read: BlockRead,
    { keyOf, onLeft }: BlockMaking,
  ): MadeBlocks['blocks'][number] {
    const { dataset, table, fields, from, to, last } = this.#of
    const [days, ...rest] = this.#columns(first, end)
    const columns = new Map(fields.map((field, at) => [field, rest[at] as BlockColumn]))
    const bytes = blockBytes(group.length, [days, ...rest])
    const block = new Block(
      {
        ...{ key: keyOf(), dataset: dataset.name, table, read, needs: [this.#need(group)], bytes },
        ...{ days: days?.values as Int32Array, columns, last },
      },
      onLeft,
    )
    const runsOf = (symbol: string): readonly [number, number] | undefined => {
      const run = runs.get(symbol)
      return run && [run.first - first, run.end - first]
    }
    return { block, pieces: piecesOf(block, group, runsOf, from, to) }
  }

  /** The rows from `first` to before `end` of each column, in memory of their own. */
  #columns(first: number, end: number): readonly BlockColumn[] {
    const width = 1 + this.#of.fields.length
    return Array.from({ length: width }, (_, column) => {
      let at = 0
      let made: { type: NumberType; values: Numbers; validity: Uint8Array | undefined } | undefined
      for (const { rows, vectors } of this.#batches) {
        const [from, to] = [Math.max(0, first - at), Math.min(rows, end - at)]
        const vector = vectors[column] as Extract<Vector, { readonly type: NumberType }>
        if (!made) made = { type: vector.type, values: emptyOf(vector.values, end - first), validity: undefined }
        if (from < to) {
          made.values.set(vector.values.subarray(from, to) as never, at + from - first)
          if (vector.validity) {
            made.validity ??= new Uint8Array((end - first + 7) >> 3).fill(0xff)
            for (let row = from; row < to; row++) if (!isValid(vector, row)) setNull(made.validity, at + row - first)
          }
        }
        at += rows
      }
      return (
        made ?? { type: 'float64', values: column === 0 ? new Int32Array() : new Float64Array(), validity: undefined }
      )
    })
  }
}

/** What a block of the days between two has of each of some symbols, whose rows are from one to before another. */
export function piecesOf(
  block: Block,
  symbols: readonly string[],
  rowsOf: (symbol: string) => readonly [first: number, end: number] | undefined,
  from: number,
  to: number,
): ReadonlyMap<string, Piece> {
  const { last, days } = block
  const pieces = new Map<string, Piece>()
  for (const symbol of symbols) {
    const [first, end] = rowsOf(symbol) ?? [0, 0]
    // Of a symbol with fewer rows than asked for, those are all.
    const isAll = last === undefined || end - first < last
    pieces.set(symbol, { block, first, end, from: isAll ? from : (days[first] as number), to })
  }
  return pieces
}

/** Says that a row has no value. */
export function setNull(validity: Uint8Array, row: number): void {
  validity[row >> 3] = (validity[row >> 3] as number) & ~(1 << (row & 7))
}

/** Numbers of the same kind, so many. */
export function emptyOf(like: Numbers, length: number): Numbers {
  return new (like.constructor as new (length: number) => Numbers)(length)
}

function copyOf(vector: Vector, rows: number): Vector {
  const { values, validity } = vector as Extract<Vector, { readonly type: NumberType }>
  return { ...vector, values: values.slice(0, rows), validity: validity?.slice(0, (rows + 7) >> 3) } as Vector
}

const dayText = (day: number): string | undefined => (Number.isFinite(day) ? dateOf(day) : undefined)
