import { createHash } from 'node:crypto'
import type { UpsertInput } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import type { RowBatch, RowSource } from './row-source.ts'

/** Rows out of JSON, which are all there. */
export class JsonSource implements RowSource {
  readonly adjust: string | undefined
  readonly #input: UpsertInput

  constructor(input: UpsertInput) {
    this.#input = input
    this.adjust = input.meta?.adjust
  }

  async fields(): Promise<readonly string[]> {
    return this.#input.fields
  }

  async *batches(): AsyncGenerator<RowBatch> {
    const { fields, items } = this.#input
    const short = items.findIndex((row) => row.length !== fields.length)
    if (short >= 0)
      throw new StockdbError(
        'INVALID_INPUT',
        `row ${short + 1} (items[${short}]): got ${items[short]?.length} values; expected ${fields.length}, one for each of fields`,
      )
    yield { numRows: items.length, columns: fields.map((_, at) => items.map((row) => row[at])) }
  }

  digest(): string {
    const { fields, items } = this.#input
    return createHash('sha256')
      .update(JSON.stringify([fields, items]))
      .digest('hex')
  }
}
