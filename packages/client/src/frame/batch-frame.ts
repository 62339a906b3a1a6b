import type { Batch, FrameHeader, FrameMeta } from '@stockdb/contract/wire'
import { type Table, tableFromIPC } from '@uwdata/flechette'
import { publicMethods } from '../call/call-site.ts'
import { makePanel } from './cell-panel.ts'
import { type Column, joinColumn } from './columns.ts'
import { columnsToBatch, type FrameParts } from './columns-to-batch.ts'
import { csvOf } from './csv.ts'
import { describeColumns } from './describe.ts'
import { exactNumbers } from './exact-numbers.ts'
import { ipcStream } from './ipc.ts'
import type { Panel } from './panel.ts'
import { grouped } from './print/format-column.ts'
import { Printable } from './print/printable.ts'
import type { TableView } from './print/table-view.ts'
import { checkCount } from './print/text-table.ts'
import { repeatedCell } from './repeated-cell.ts'
import { sortedRows } from './sort-rows.ts'
import { takeRows } from './take-rows.ts'

type AnyRow = Record<string, unknown>

/** A frame whose columns are in batches, as they come over the wire. */
export class BatchFrame extends Printable {
  readonly numRows: number
  readonly columns: Readonly<Record<string, Column>>
  readonly meta: FrameMeta
  readonly #parts: FrameParts
  readonly #maxRows: number | undefined

  constructor(parts: FrameParts, { maxRows }: Pick<TableView, 'maxRows'> = {}) {
    super()
    this.#maxRows = maxRows
    const { header, batches, trailer } = parts
    this.#parts = parts
    this.numRows = batches.reduce((rows, batch) => rows + batch.numRows, 0)
    this.meta = { ...header.meta, ...trailer }
    this.columns = lazyColumns(header, batches)
  }

  /** Chosen rows of a frame, without making its columns. */
  static rowsOf(frame: BatchFrame, rows: ArrayLike<number>): BatchFrame {
    return frame.#take(rows, frame.meta.complete)
  }

  rows(): AnyRow[] {
    const rowAt = this.#rowReader()
    return Array.from({ length: this.numRows }, (_, row) => rowAt(row))
  }

  *[Symbol.iterator](): Generator<AnyRow, void, undefined> {
    const rowAt = this.#rowReader()
    for (let row = 0; row < this.numRows; row++) yield rowAt(row)
  }

  head(count = 5): BatchFrame {
    checkCount('count', count)
    return this.#slice(0, count)
  }

  tail(count = 5): BatchFrame {
    checkCount('count', count)
    return this.#slice(Math.max(0, this.numRows - count), this.numRows)
  }

  filter(predicate: (row: AnyRow, index: number) => boolean): BatchFrame {
    const rowAt = this.#rowReader()
    const kept = Array.from({ length: this.numRows }, (_, row) => row).filter((row) => predicate(rowAt(row), row))
    return kept.length === this.numRows ? this : this.#take(kept, this.meta.complete)
  }

  sortBy(
    names: string | readonly string[],
    { descending = false }: { readonly descending?: boolean } = {},
  ): BatchFrame {
    const columns = [names].flat().map((name) => this.#column('names', name))
    const { header, trailer, batches } = this.#parts
    const batch = takeRows(batches, sortedRows(columns, this.numRows, descending))
    return new BatchFrame({ header, trailer, batches: [batch] })
  }

  describe(): BatchFrame {
    const description = describeColumns(this.#parts.header.fields, this.columns)
    const parts = columnsToBatch(description, { name: `description of ${this.meta.dataset}` })
    return new BatchFrame(parts, { maxRows: Number.POSITIVE_INFINITY })
  }

  pivot(field: string): Panel {
    const { dataset, date, symbol } = this.meta
    if (date === undefined || symbol === undefined) {
      throw new TypeError(`cannot pivot ${dataset}: expected a dataset with a symbol and a date`)
    }
    const values = this.#column('field', field)
    const type = this.#parts.header.fields.find(({ name }) => name === field)?.type
    if (type !== 'float64' && type !== 'int32' && type !== 'int64')
      throw new TypeError(`field: got ${field}, which is ${type}; expected a numeric field`)
    const [dates, symbols] = [this.columns[date] ?? [], this.columns[symbol] ?? []]
    const numbers = type === 'int64' ? exactNumbers(values, field, (row) => `${symbols[row]} on ${dates[row]}`) : values
    return makePanel(field, dates, symbols, numbers, (first, second) => {
      throw repeatedCell(this.columns, { date, symbol, dataset }, [first, second])
    })
  }

  toCSV(): string {
    const names = this.#names()
    return csvOf(
      names,
      names.map((name) => this.columns[name] ?? []),
      this.numRows,
    )
  }

  toIPC(): Uint8Array {
    return ipcStream(this.#parts)
  }

  toArrow(): Table {
    // Otherwise whole numbers beyond 2^53 throw, and dates are bare numbers.
    return tableFromIPC(this.toIPC(), { useBigInt: true, useDate: true })
  }

  protected override views(): readonly TableView[] {
    const { dataset, adjust, anchor, asOf, freq, complete } = this.meta
    const known = [
      ...(freq === undefined ? [] : [`freq ${freq}`]),
      ...(adjust === undefined || adjust === 'none' ? [] : [`adjust ${adjust}`]),
      ...(anchor === undefined ? [] : [`anchor ${anchor}`]),
      ...(asOf === undefined ? [] : [`as of ${asOf}`]),
      ...(complete ? [] : ['part of the answer']),
    ]
    const { fields } = this.#parts.header
    const size = `${grouped(this.numRows)} ${this.numRows === 1 ? 'row' : 'rows'} × ${fields.length}`
    const view: TableView = {
      title: `${[dataset, ...known].join(', ')}: ${size}`,
      numRows: this.numRows,
      maxRows: this.#maxRows,
      columns: fields.map(({ name, type, unit }) => ({
        name,
        notes: unit === undefined ? [type] : [type, unit],
        numeric: type === 'float64' || type === 'int32' || type === 'int64',
        valueAt: (row: number) => this.columns[name]?.[row],
      })),
    }
    return [view]
  }

  #names(): string[] {
    return this.#parts.header.fields.map(({ name }) => name)
  }

  #column(argument: string, name: string): Column {
    const names = this.#names()
    if (!names.includes(name))
      throw new TypeError(`${argument}: got "${name}"; expected a column of the frame: ${names.join(', ')}`)
    return this.columns[name] as Column
  }

  #rowReader(): (row: number) => AnyRow {
    const names = this.#names()
    const columns = names.map((name) => this.columns[name] as Column)
    const setter = names.indexOf('__proto__')
    return (row) => {
      const object: AnyRow = {}
      for (let index = 0; index < names.length; index++)
        if (index !== setter) object[names[index] as string] = columns[index]?.[row]
      // An assignment would set the prototype, or nothing.
      if (setter >= 0)
        Object.defineProperty(object, '__proto__', { value: columns[setter]?.[row], enumerable: true, writable: true })
      return object
    }
  }

  #slice(start: number, end: number): BatchFrame {
    const length = Math.min(end, this.numRows) - start
    return length === this.numRows
      ? this
      : this.#take(
          Array.from({ length }, (_, row) => start + row),
          false,
        )
  }

  /** Chosen rows; what is known of the whole answer, such as its coverage, no longer holds for them. */
  #take(rows: ArrayLike<number>, complete: boolean): BatchFrame {
    const { header, batches } = this.#parts
    return new BatchFrame({ header, batches: [takeRows(batches, rows)], trailer: { rows: rows.length, complete } })
  }
}

publicMethods(BatchFrame.prototype)

function lazyColumns(header: FrameHeader, batches: readonly Batch[]): Readonly<Record<string, Column>> {
  const columns = Object.create(null) as Record<string, Column>
  const [only, second] = batches
  header.fields.forEach((field, index) => {
    const vector = second === undefined ? only?.vectors[index] : undefined
    if (vector?.type === 'float64') {
      // Nothing has to be made: the column is the memory in which it arrived.
      columns[field.name] = vector.values
      return
    }
    Object.defineProperty(columns, field.name, {
      enumerable: true,
      configurable: true,
      get() {
        const value = joinColumn(field, index, batches)
        Object.defineProperty(columns, field.name, { enumerable: true, value })
        return value
      },
    })
  })
  return columns
}
