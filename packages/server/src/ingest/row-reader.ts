import { basename } from 'node:path'
import type { Dataset, Field, StoredValue } from '@stockdb/contract'
import { fieldTypes, TEXT_LENGTH } from '@stockdb/contract'
import type { CsvRecord } from './csv-source.ts'
import { ImportError } from './import-error.ts'

/** What pandas and SQL dumps write for a missing number or date. In a text they are text. */
const MISSING = new Set(['NaN', 'nan', 'None', 'NULL', 'null', '\\N', 'NaT'])

interface Cell {
  readonly index: number
  readonly name: string
  readonly field: Field
  /** What takes the place of a cell that the file does not have. */
  readonly constant: string | undefined
}

export interface RowReaderOptions {
  /** Leaves out columns that the dataset does not have. */
  readonly ignoreUnknown: boolean
  /** Values for fields that the file has no column of. */
  readonly constants?: ReadonlyMap<string, string> | undefined
}

/** Turns the records of one file into rows of a dataset; made from the file's header. */
export class RowReader {
  /** The fields that the file has, in the order of the rows' values. */
  readonly fields: readonly string[]
  readonly #file: string
  readonly #cells: readonly Cell[]
  readonly #width: number

  /**
   * Throws an `ImportError` for a column that the dataset does not have (unless `ignoreUnknown`), for one that stands
   * twice or is a constant too, for a required one that is missing, and for a file that has nothing but the key of rows.
   */
  constructor(file: string, dataset: Dataset, header: CsvRecord, options: RowReaderOptions) {
    const { ignoreUnknown, constants = new Map<string, string>() } = options
    this.#file = basename(file)
    this.#width = header.cells.length
    const names = header.cells.map((cell) => cell.trim())
    const known = Object.keys(dataset.fields)
    const fail = (reason: string): never => {
      throw new ImportError(this.#file, header.line, reason)
    }
    const unknown = names.filter((name) => !known.includes(name))
    if (unknown.length > 0 && !ignoreUnknown) {
      fail(
        `${dataset.name} has no column ${unknown.map((name) => `"${name}"`).join(', ')}; its fields are ${known.join(', ')}; --ignore-unknown leaves other columns out`,
      )
    }
    const twice = names.find((name, index) => known.includes(name) && names.indexOf(name) !== index)
    if (twice !== undefined) fail(`the column "${twice}" stands twice`)
    for (const name of constants.keys()) {
      if (!known.includes(name))
        fail(`${dataset.name} has no field "${name}" to set; its fields are ${known.join(', ')}`)
      if (names.includes(name)) fail(`the field "${name}" is set, and the file has a column of it`)
    }
    const missing = Object.entries(dataset.fields).filter(
      ([name, field]) => !field.nullable && !names.includes(name) && !constants.has(name),
    )
    if (missing.length > 0) {
      fail(
        `the file has no column ${missing.map(([name]) => `"${name}"`).join(', ')}, which ${dataset.name} needs; it has ${names.join(', ')}`,
      )
    }
    this.#cells = Object.entries(dataset.fields)
      .map(([name, field]) => ({ name, field, index: names.indexOf(name), constant: constants.get(name) }))
      .filter(({ index, constant }) => index >= 0 || constant !== undefined)
    this.fields = this.#cells.map(({ name }) => name)
    const beside = known.filter((name) => !dataset.key.includes(name))
    // A part of the key that may be null says something where it is given, such as the cash of a dividend.
    const onlyKey = this.#cells.every(({ name, field }) => !field.nullable && !beside.includes(name))
    // As when the columns of values are called differently, and left out: rows of nulls would come of it, without a word.
    if (beside.length > 0 && onlyKey) {
      fail(
        `it has the columns ${names.join(', ')}, which is nothing of ${dataset.name} but its key; expected one or more of ${beside.join(', ')} as well; --set ${beside[0]}= takes rows without any`,
      )
    }
  }

  /** The values of a record, in the order of {@link fields}; throws an `ImportError` naming line, column and value. */
  read({ cells, line }: CsvRecord): StoredValue[] {
    if (cells.length !== this.#width) {
      throw new ImportError(
        this.#file,
        line,
        `it has ${cells.length} values; expected ${this.#width}, as many as the header has columns`,
      )
    }
    return this.#cells.map((cell) => this.#value(cell, cell.constant ?? cells[cell.index] ?? '', line))
  }

  #value({ name, field }: Cell, text: string, line: number): StoredValue {
    const fail = (expected: string): never => {
      throw new ImportError(this.#file, line, `${name}: got ${JSON.stringify(text.slice(0, 80))}; expected ${expected}`)
    }
    const type = fieldTypes[field.type]
    const trimmed = field.type === 'text' ? text : text.trim()
    if (trimmed === '' || (field.type !== 'text' && field.type !== 'symbol' && MISSING.has(trimmed))) {
      return field.nullable ? null : fail(type.expected)
    }
    const value = type.read(trimmed)
    if (value === undefined) return fail(type.expected)
    const length = field.length ?? TEXT_LENGTH
    // Counted in characters, as the database counts them, and only where it may matter.
    if (field.type === 'text' && text.length > length && [...text].length > length) fail(`at most ${length} characters`)
    return value
  }
}
