import type { Dataset } from '@stockdb/contract'
import { parseSymbol } from '@stockdb/contract/internal'
import type { Engine, ReadColumn } from '../engine/engine.ts'
import { symbolsInTable } from '../plan/symbols-in-table.ts'

/** A table with more codes is not searched for other spellings. */
const MAX_CODES = 200_000
/** Codes of six digits, with or without an exchange: only these are written in several ways. */
const SIX_DIGITS = /\d{6}/

/**
 * How the codes of a dataset are spelled in its table and in the files imported so far, so that `sz000001` does not silently
 * become a second stock next to `000001.SZ`.
 */
export class SymbolSpellings {
  readonly #stored = new Map<string, Set<string>>()
  /** Codes of a file that is not committed yet. */
  #ofFile = new Map<string, Set<string>>()

  /** Reads the codes of a dataset's table once; the result serves any number of files. */
  static async read(engine: Engine, dataset: Dataset, signal: AbortSignal): Promise<SymbolSpellings> {
    const spellings = new SymbolSpellings()
    const column: ReadColumn = { name: 's', type: 'symbol', nullable: true }
    const statement = symbolsInTable(engine.dialect, dataset, MAX_CODES).compile(engine.dialect.kysely)
    const query = { sql: statement.sql, parameters: statement.parameters, columns: [column], long: true }
    for await (const { batch } of engine.read(query, signal)) {
      const [codes] = batch.vectors
      if (codes?.type !== 'symbol') continue
      for (const code of codes.dictionary) spellings.#add(spellings.#stored, code)
    }
    return spellings
  }

  /** Another spelling of the same stock that the table or the file has; `undefined` if the table has this one too. */
  conflictOf(code: string): string | undefined {
    const digits = digitsOf(code)
    if (digits === undefined || this.#stored.get(digits)?.has(code)) return undefined
    this.#add(this.#ofFile, code)
    const known = [...(this.#stored.get(digits) ?? []), ...(this.#ofFile.get(digits) ?? [])]
    return known.find((other) => other !== code && isSameStock(other, code))
  }

  /** The current file was committed. */
  commit(): void {
    for (const codes of this.#ofFile.values()) for (const code of codes) this.#add(this.#stored, code)
    this.forget()
  }

  /** The current file was rolled back. */
  forget(): void {
    this.#ofFile = new Map()
  }

  #add(to: Map<string, Set<string>>, code: string): void {
    const digits = digitsOf(code)
    if (digits === undefined) return
    const codes = to.get(digits)
    if (codes) codes.add(code)
    else to.set(digits, new Set([code]))
  }
}

/** The digits of a code of mainland China; `undefined` for other codes. */
const digitsOf = (code: string): string | undefined =>
  isBare(code) || parseSymbol(code) ? SIX_DIGITS.exec(code)?.[0] : undefined

const isBare = (code: string): boolean => /^\d{6}$/.test(code)

/** Six digits alone may be a stock of any exchange. */
const isSameStock = (one: string, other: string): boolean =>
  isBare(one) || isBare(other) || parseSymbol(one)?.exchange === parseSymbol(other)?.exchange
