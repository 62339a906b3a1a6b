import type { Catalogue, Field, Fields, ValueOf } from '@stockdb/contract'
import type { ReadonlyKysely } from 'kysely/readonly'

/** What a field's value is in a row of a query: null for null, in numbers too. */
type QueryValue<F extends Field> = F['nullable'] extends false ? Exclude<ValueOf<F>, null> : ValueOf<F> | null

type QueryRow<Fs extends Fields> = { -readonly [K in keyof Fs]: QueryValue<Fs[K]> }

/** The datasets of a catalogue as Kysely is told of tables: name → row. */
export type DatabaseOf<C extends Catalogue> = { [N in keyof C & string]: QueryRow<C[N]['fields']> }

/** Kysely over the datasets of a catalogue, for reading. */
export type Queries<C extends Catalogue> = ReadonlyKysely<DatabaseOf<C>>

/** The field that stands in a frame for a value of a query's row. */
type FieldFor<V> = [Extract<V, boolean>] extends [never]
  ? [Extract<V, number>] extends [never]
    ? [Extract<V, bigint>] extends [never]
      ? Field<'text', null extends V ? true : false>
      : Field<'int64', true>
    : Field<'float64', true>
  : Field<'bool', null extends V ? true : false>

/**
 * The fields of the frame that answers a query whose rows are `O`. Whether a number is whole cannot be inferred from
 * `O`, so that all are doubles but bigints, whose column is an ordinary array.
 */
export type QueryFields<O> = { readonly [K in keyof O & string]: FieldFor<O[K]> }
