import type { Dataset } from '@stockdb/contract'
import type { FrameField } from '@stockdb/contract/wire'
import { SizedCache } from '../bounds/sized-cache.ts'
import { frameField } from './columns.ts'

/** Of the combinations of fields that are kept ready, each with the schema that is written of it. */
const FIELDS_BYTES = 8 * 2 ** 20
/** A field and what its schema takes. */
const FIELD_BYTES = 400

/** The columns of answers. */
export class FrameFields {
  readonly #known = new SizedCache<readonly FrameField[]>(FIELDS_BYTES, ({ length }) => length * FIELD_BYTES)

  /** The same array for the same fields: what is made of it on the way out is made once. */
  of(dataset: Dataset, names: readonly string[]): readonly FrameField[] {
    const key = `${dataset.name}|${names.join()}`
    let fields = this.#known.get(key)
    if (!fields) {
      fields = names.map((name) => frameField(dataset, name))
      this.#known.set(key, fields)
    }
    return fields
  }
}
