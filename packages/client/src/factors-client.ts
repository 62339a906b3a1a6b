import type { Factor, FactorDeclaration } from '@stockdb/contract'
import type { FactorDefined, FactorDropped, FactorInfo } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'
import type { DatasetClient } from './dataset-client.ts'
import { newKey } from './write/new-key.ts'

/** Factors: datasets of symbol and day that you define yourself, kept in tables of the database. */
export interface FactorsClient {
  /**
   * Defines a factor, and returns its calls with their types.
   *
   * Every server on the database knows it from then on. The same definition again changes nothing. It needs the scope `write`.
   *
   * @param factor - name, description, fields besides `ts_code` and `trade_date`, and the unit of its numbers
   * @param options - signal and time limit of this call
   * @throws `ConflictError` if the name is taken, or a field of the factor is defined differently
   * @example
   * ```ts
   * import { float64 } from '@stockdb/contract'
   * const alpha = await db.factors.define({
   *   name: 'my_alpha',
   *   description: 'Return of the last 20 days, reversed',
   *   fields: { value: float64('The factor') },
   * })
   * await alpha.upsert([{ ts_code: '600519.SH', trade_date: '2024-06-28', value: 0.42 }])
   * ```
   */
  define<const F extends FactorDeclaration>(factor: F, options?: CallOptions): Promise<DatasetClient<Factor<F>>>
  /**
   * Lists the factors of the database, with their owners, fields and tables.
   *
   * @param options - signal and time limit of this call
   * @example
   * ```ts
   * for (const { name, owner, definedAt } of await db.factors.list()) console.log(name, owner, definedAt)
   * ```
   */
  list(options?: CallOptions): Promise<FactorInfo[]>
  /**
   * Drops a factor with all its rows; needs the scope `admin`.
   *
   * @param name - the name of the factor
   * @param options - signal and time limit of this call
   * @returns how many rows it had
   * @throws `InvalidInputError` if there is no such factor
   * @example
   * ```ts
   * const { deleted } = await db.factors.drop('my_alpha')
   * ```
   */
  drop(name: string, options?: CallOptions): Promise<FactorDropped>
}

/** The fields that every factor has, which a declaration does not name. */
const OWN_FIELDS: readonly string[] = ['ts_code', 'trade_date']

/** `defined` gives the calls of a factor that the server has just defined. */
export function factorCalls(caller: Caller, defined: (name: string) => unknown) {
  const send = <Output>(path: string, input: object, options: CallOptions = {}): Promise<Output> =>
    caller.write<Output>({ path, input, key: newKey() }, options)
  return {
    define: async (factor: FactorDeclaration, options?: CallOptions) => {
      await send<FactorDefined>('factors.define', inputOf(factor), options)
      return defined(factor.name)
    },
    list: (options?: CallOptions) => caller.json<FactorInfo[]>('factors.list', undefined, options),
    drop: (name: string, options?: CallOptions) => send<FactorDropped>('factors.drop', { name }, options),
  }
}

/** A declaration as it is; of the dataset that `defineFactor` makes of one, what the rest follows from. */
function inputOf(factor: FactorDeclaration): object {
  if (!('key' in Object(factor))) return factor
  const { name, description, fields } = factor
  const own = Object.entries(fields).filter(([field]) => !OWN_FIELDS.includes(field))
  return { name, description, fields: Object.fromEntries(own) }
}
