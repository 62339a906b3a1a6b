import type { Dataset } from '@stockdb/contract'
import type { FrameField, FrameHeader, Vector } from '@stockdb/contract/wire'
import { ArrowFrameDecoder, ArrowFrameEncoder, isValid, joinBytes, MessageSplitter } from '@stockdb/contract/wire'
import type { WireParts } from '../wire-answer.ts'
import type { Block, BlockColumn, Piece } from './block.ts'
import type { Roster } from './block-index.ts'

/** The rows of a block that was written. */
export interface BlockRows {
  /** Those that have rows, ascending, and where they begin and end. */
  readonly symbols: readonly string[]
  readonly rowsOf: ReadonlyMap<string, readonly [first: number, end: number]>
  readonly days: Int32Array
  readonly columns: ReadonlyMap<string, BlockColumn>
}

/** A block as an Arrow stream of one batch: symbol, date and its fields. */
export function encodeBlock(block: Block, pieces: ReadonlyMap<string, Piece>, { symbol, date }: Dataset): WireParts {
  const { days, columns } = block
  const codes = new Int32Array(days.length)
  const dictionary: string[] = []
  for (const [code, { first, end }] of pieces)
    if (first < end) {
      codes.fill(dictionary.length, first, end)
      dictionary.push(code)
    }
  const whole = { validity: undefined, nullCount: 0 }
  const symbols: Vector = { type: 'symbol', values: codes, dictionary, ...whole }
  const named = new Map<string, Vector>([
    [symbol ?? '', symbols],
    [date ?? '', { type: 'date', values: days, ...whole }],
  ])
  for (const [name, column] of columns)
    named.set(name, { ...column, nullCount: nullsOf(column, days.length) } as Vector)
  return encoded(block.dataset, named, days.length)
}

/** A roster in the same form, with a row for each symbol. */
export function encodeRoster({ block, symbols }: Roster, { symbol }: Dataset): WireParts {
  const values = Int32Array.from(symbols, (_, code) => code)
  const vector: Vector = { type: 'symbol', values, dictionary: symbols, validity: undefined, nullCount: 0 }
  return encoded(block.dataset, new Map([[symbol ?? '', vector]]), symbols.length)
}

/** The content of either. Columns are views of the bytes. Throws if they are something else. */
export function decodeBlock({ parts }: WireParts): BlockRows {
  const [splitter, decoder] = [new MessageSplitter(), new ArrowFrameDecoder()]
  for (const { bytes } of parts)
    for (const message of splitter.push(bytes)) {
      const content = decoder.decode(message)
      if (content.kind !== 'batch' || !content.header) continue
      const { batch, header } = content
      const [symbols, days, ...rest] = batch.vectors
      if (symbols?.type !== 'symbol') throw new Error('it has no symbols')
      const names = header.fields.slice(2).map(({ name }) => name)
      return {
        symbols: symbols.dictionary,
        rowsOf: runsOf(symbols.values, symbols.dictionary),
        days: days?.type === 'date' ? days.values : new Int32Array(),
        columns: new Map(rest.map((vector, at) => [names[at] as string, vector as BlockColumn])),
      }
    }
  throw new Error('it has no rows')
}

function encoded(dataset: string, columns: ReadonlyMap<string, Vector>, numRows: number): WireParts {
  const fields = [...columns].map(
    ([name, { type, nullCount }]): FrameField => ({ name, type, nullable: nullCount > 0 }),
  )
  const header: FrameHeader = { fields, meta: { dataset, arguments: {} } }
  const batch = { numRows, vectors: [...columns.values()] }
  const bytes = joinBytes(new ArrowFrameEncoder(header).chunk({ batch, trailer: { rows: numRows, complete: true } }))
  return { header, parts: [{ bytes, rows: numRows }], rows: numRows, bytes: bytes.length }
}

function nullsOf(column: BlockColumn, rows: number): number {
  let count = 0
  if (column.validity) for (let row = 0; row < rows; row++) if (!isValid(column, row)) count++
  return count
}

function runsOf(codes: Int32Array, dictionary: readonly string[]): BlockRows['rowsOf'] {
  const runs = new Map<string, readonly [number, number]>()
  for (let first = 0, end = 0; first < codes.length; first = end) {
    while (end < codes.length && codes[end] === codes[first]) end++
    runs.set(dictionary[codes[first] as number] as string, [first, end])
  }
  return runs
}
