import { basename } from 'node:path'
import type { Dataset, Field } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { fieldTypes, parseSymbol, TEXT_LENGTH } from '@stockdb/contract/internal'
import type { Keeps } from '../engine/kept-values.ts'
import type { CsvRecord } from './csv-source.ts'
import { fileColumns } from './file-columns.ts'
import { ImportError } from './import-error.ts'
import { isMissing, readCell, withoutMarks } from './read-cell.ts'
import { type SymbolOptions, SymbolReader } from './symbol-reader.ts'

interface Cell {
  readonly index: number
  readonly name: string
  readonly field: Field
  /** Stands for a cell that the file does not have. */
  readonly constant: string | undefined
}

export interface RowReaderOptions extends SymbolOptions {
  /** Ignores columns that the dataset does not have. */
  readonly ignoreUnknown: boolean
  /** Values for fields that have no column in the file. */
  readonly constants?: ReadonlyMap<string, string> | undefined
  /** By field, what its column would change silently. */
  readonly keepers?: ReadonlyMap<string, Keeps> | undefined
  /** The text field with the code without its exchange. */
  readonly bareCode?: string | undefined
}

/** How pandas writes a code such as the `report_type` 1 if other rows have none. */
const FLOAT_CODE = /^\d+\.0$/

/** A code that a program may have taken for a number. */
const NUMBER = /^\d+(?:\.0)?$/

/** Turns the records of one file into rows of a dataset, guided by the file's header. */
export class RowReader {
  /** The fields that the file has, in the order of the rows' values. */
  readonly fields: readonly string[]
  readonly #file: string
  readonly #cells: readonly Cell[]
  readonly #width: number
  readonly #symbols: SymbolReader
  readonly #bareCode: { readonly at: number; readonly symbolAt: number } | undefined
  readonly #key: readonly string[]
  readonly #plainSymbols: boolean
  readonly #keepers: ReadonlyMap<string, Keeps> | undefined
  readonly #notes = new Map<string, { readonly line: number; count: number }>()

  /**
   * Throws an `ImportError` for an unknown column (unless `ignoreUnknown`), a repeated column, a column that is also
   * set as a constant, a missing required column, and a file that has only key columns.
   */
  constructor(file: string, dataset: Dataset, header: CsvRecord, options: RowReaderOptions) {
    const { ignoreUnknown, constants = new Map<string, string>() } = options
    this.#file = basename(file)
    this.#width = header.cells.length
    this.#symbols = new SymbolReader(dataset, options)
    this.#key = dataset.key
    this.#plainSymbols = options.plainSymbols ?? false
    this.#keepers = options.keepers
    const given = header.cells.map((cell) => cell.trim())
    const { fields: names, index } = fileColumns(dataset, given)
    const known = Object.keys(dataset.fields)
    const fail = (reason: string): never => {
      throw new ImportError(this.#file, header.line, reason)
    }
    const unknown = given.filter((_, at) => names[at] === undefined && !(index && at === 0))
    if (unknown.length > 0 && !ignoreUnknown) {
      fail(
        `${dataset.name} has no column ${unknown.map((name) => `"${name}"`).join(', ')}; its fields are ${known.join(', ')}; --ignore-unknown ignores other columns`,
      )
    }
    if (index) this.#note('the first column has no name and is ignored', header.line)
    const twice = names.findIndex((name, at) => name !== undefined && names.indexOf(name) !== at)
    if (twice >= 0) fail(`the column "${given[twice]}" appears twice`)
    for (const name of constants.keys()) {
      if (!known.includes(name))
        fail(`${dataset.name} has no field "${name}" to set; its fields are ${known.join(', ')}`)
      if (names.includes(name)) fail(`the field "${name}" is set, but the file has a column for it`)
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
    const at = this.fields.indexOf(options.bareCode ?? '')
    const symbolAt = this.fields.indexOf(dataset.symbol ?? '')
    this.#bareCode = at >= 0 && symbolAt >= 0 ? { at, symbolAt } : undefined
    const others = known.filter((name) => !dataset.key.includes(name))
    // A nullable part of the key carries information where it is given, such as the cash of a dividend.
    const onlyKey = this.#cells.every(({ name, field }) => !field.nullable && !others.includes(name))
    // For example, value columns with other names that are ignored: the result would silently be rows of nulls.
    if (others.length > 0 && onlyKey) {
      fail(
        `it has the columns ${given.join(', ')}, which are only the key of ${dataset.name}; expected one or more of ${others.join(', ')} as well; --set ${others[0]}= accepts rows without any`,
      )
    }
  }

  /**
   * The values of a record, in the order of {@link fields}. Throws an `ImportError` that names line, column and value.
   */
  read({ cells, line, emptyTexts }: CsvRecord): StoredValue[] {
    if (cells.length !== this.#width) {
      throw new ImportError(
        this.#file,
        line,
        `it has ${cells.length} values; expected ${this.#width}, as many as the header has columns`,
      )
    }
    const values = this.#cells.map((cell) =>
      cell.field.type === 'text' && emptyTexts?.has(cell.index)
        ? ''
        : this.#value(cell, cell.constant ?? cells[cell.index] ?? '', line),
    )
    this.#restoreBareCode(values, line)
    return values
  }

  /** Notes on values that were not taken literally: how often, and where first. */
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

  /** A text as it is. In the key, trailing spaces are removed: databases ignore them, so two keys would be one. */
  #text(name: string, cell: string, line: number): string {
    if (!cell.endsWith(' ') || !this.#key.includes(name)) return cell
    this.#note(`${name}: trailing spaces are removed`, line)
    return cell.trimEnd()
  }

  /** Gives the bare code its leading zeros back, as the symbol of the row has them: programs take it for a number. */
  #restoreBareCode(values: StoredValue[], line: number): void {
    if (!this.#bareCode || this.#plainSymbols) return
    const { at, symbolAt } = this.#bareCode
    const bare = values[at]
    const name = this.fields[at] as string
    if (typeof bare !== 'string' || !NUMBER.test(bare)) return
    const code = parseSymbol(String(values[symbolAt]))?.code
    if (code === undefined || code === bare) return
    if (Number(code) !== Number(bare)) {
      const expected = `${code}, as in ${this.fields[symbolAt]} ${values[symbolAt]}; --plain-symbols accepts codes as they are`
      throw new ImportError(this.#file, line, `${name}: got ${JSON.stringify(bare)}; expected ${expected}`)
    }
    values[at] = code
    this.#note(`${name}: the leading zeros of the code are restored`, line)
  }

  #value({ name, field }: Cell, cell: string, line: number): StoredValue {
    const fail = (expected: string): never => {
      throw new ImportError(this.#file, line, `${name}: got ${JSON.stringify(cell.slice(0, 80))}; expected ${expected}`)
    }
    const type = fieldTypes[field.type]
    const trimmed = field.type === 'text' ? this.#text(name, cell, line) : cell.trim()
    const within = trimmed.startsWith('=') ? withoutMarks(trimmed) : undefined
    if (within !== undefined) this.#note(`${name}: Excel's marks ="…" are removed`, line)
    const text = within ?? trimmed
    if (isMissing(field, text)) return field.nullable ? null : fail(type.expected)
    const value = readCell(field, text)
    if (value === undefined || value === null) return fail(type.expected)
    const expected = this.#keepers?.get(name)?.(value)
    if (expected !== undefined) return fail(expected)
    if (field.type === 'symbol') {
      const { code, expected } = this.#symbols.read(name, text)
      if (expected !== undefined) return fail(expected)
      if (code !== text) this.#note(`${name}: codes are rewritten by --symbols`, line)
      return code
    }
    if (field.type === 'text' && this.#key.includes(name) && !this.#plainSymbols && FLOAT_CODE.test(text))
      return fail(
        'a code such as 1, not one that a program turned into a number; --plain-symbols accepts codes as they are',
      )
    const length = field.length ?? TEXT_LENGTH
    // Counted in characters, as the database does, and only if it may matter.
    if (field.type === 'text' && text.length > length && [...text].length > length) fail(`at most ${length} characters`)
    return value
  }
}
