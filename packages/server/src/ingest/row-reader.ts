import { basename } from 'node:path'
import type { Dataset, Field } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { fieldTypes, TEXT_LENGTH } from '@stockdb/contract/internal'
import type { CsvRecord } from './csv-source.ts'
import { fileColumns } from './file-columns.ts'
import { ImportError } from './import-error.ts'
import { isMissing, oddCode, readCell, withoutMarks } from './read-cell.ts'

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
  /** Takes codes that look like numbers or spreadsheet marks as they are. */
  readonly plainSymbols?: boolean | undefined
}

/** What pandas makes of a code such as the `report_type` 1, where other rows have none. */
const FLOAT_CODE = /^\d+\.0$/

/** Turns the records of one file into rows of a dataset; made from the file's header. */
export class RowReader {
  /** The fields that the file has, in the order of the rows' values. */
  readonly fields: readonly string[]
  readonly #file: string
  readonly #cells: readonly Cell[]
  readonly #width: number
  readonly #symbol: string | undefined
  readonly #key: readonly string[]
  readonly #plainSymbols: boolean
  readonly #notes = new Map<string, { readonly line: number; count: number }>()

  /**
   * Throws an `ImportError` for a column that the dataset does not have (unless `ignoreUnknown`), for one that stands
   * twice or is a constant too, for a required one that is missing, and for a file that has nothing but the key of rows.
   */
  constructor(file: string, dataset: Dataset, header: CsvRecord, options: RowReaderOptions) {
    const { ignoreUnknown, constants = new Map<string, string>() } = options
    this.#file = basename(file)
    this.#width = header.cells.length
    this.#symbol = dataset.symbol
    this.#key = dataset.key
    this.#plainSymbols = options.plainSymbols ?? false
    const given = header.cells.map((cell) => cell.trim())
    const { fields: names, index } = fileColumns(dataset, given)
    const known = Object.keys(dataset.fields)
    const fail = (reason: string): never => {
      throw new ImportError(this.#file, header.line, reason)
    }
    const unknown = given.filter((_, at) => names[at] === undefined && !(index && at === 0))
    if (unknown.length > 0 && !ignoreUnknown) {
      fail(
        `${dataset.name} has no column ${unknown.map((name) => `"${name}"`).join(', ')}; its fields are ${known.join(', ')}; --ignore-unknown leaves other columns out`,
      )
    }
    if (index) this.#note('the first column, which has no name, is left out', header.line)
    const twice = names.findIndex((name, at) => name !== undefined && names.indexOf(name) !== at)
    if (twice >= 0) fail(`the column "${given[twice]}" stands twice`)
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
        `the file has no column ${missing.map(([name]) => `"${name}"`).join(', ')}, which ${dataset.name} needs; it has ${given.join(', ')}`,
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
        `it has the columns ${given.join(', ')}, which is nothing of ${dataset.name} but its key; expected one or more of ${beside.join(', ')} as well; --set ${beside[0]}= takes rows without any`,
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

  /** What was taken otherwise than it stands in the file, for people: how often, and where first. */
  get notes(): readonly string[] {
    return [...this.#notes].map(([what, { line, count }]) =>
      count === 1 ? `line ${line}: ${what}` : `${count.toLocaleString('en')} values, first in line ${line}: ${what}`,
    )
  }

  #note(what: string, line: number): void {
    const note = this.#notes.get(what)
    if (note) note.count++
    else this.#notes.set(what, { line, count: 1 })
  }

  /** A text as it is; one of the key without spaces at its end, which databases ignore, so that two keys would be one. */
  #text(name: string, cell: string, line: number): string {
    if (!cell.endsWith(' ') || !this.#key.includes(name)) return cell
    this.#note(`${name}: spaces at the end are left out`, line)
    return cell.trimEnd()
  }

  #value({ name, field }: Cell, cell: string, line: number): StoredValue {
    const fail = (expected: string): never => {
      throw new ImportError(this.#file, line, `${name}: got ${JSON.stringify(cell.slice(0, 80))}; expected ${expected}`)
    }
    const type = fieldTypes[field.type]
    const trimmed = field.type === 'text' ? this.#text(name, cell, line) : cell.trim()
    const within = trimmed.startsWith('=') ? withoutMarks(trimmed) : undefined
    if (within !== undefined) this.#note(`${name}: Excel's marks ="…" are left out`, line)
    const text = within ?? trimmed
    if (isMissing(field, text)) return field.nullable ? null : fail(type.expected)
    const value = readCell(field, text)
    if (value === undefined) return fail(type.expected)
    const odd = field.type === 'symbol' && !this.#plainSymbols ? oddCode(text, name === this.#symbol) : undefined
    if (odd !== undefined) return fail(odd)
    if (field.type === 'text' && this.#key.includes(name) && !this.#plainSymbols && FLOAT_CODE.test(text))
      return fail('a code such as 1, of which no program has made a number; --plain-symbols takes codes as they are')
    const length = field.length ?? TEXT_LENGTH
    // Counted in characters, as the database counts them, and only where it may matter.
    if (field.type === 'text' && text.length > length && [...text].length > length) fail(`at most ${length} characters`)
    return value
  }
}
