import type { StoredValue } from '@stockdb/contract/internal'
import type { Written } from './engine.ts'

/** What a row of the recorded changes says; `undefined` if it cannot be read. */
export function writtenOf(fields: readonly string[], row: readonly unknown[]): Written | undefined {
  const cell = (name: string): unknown => row[fields.indexOf(name)]
  const [sequence, dataset, symbols] = [Number(cell('sequence')), cell('dataset'), cell('symbols')]
  if (!Number.isSafeInteger(sequence) || typeof dataset !== 'string') return undefined
  return {
    sequence,
    dataset,
    start: dayOf(cell('first_date') as StoredValue),
    end: dayOf(cell('last_date') as StoredValue),
    symbols: typeof symbols === 'string' ? (JSON.parse(symbols) as string[]) : undefined,
    deletes: Number(cell('deleted')) > 0,
  }
}

const dayOf = (value: StoredValue): string | undefined =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? value.slice(0, 10) : undefined
