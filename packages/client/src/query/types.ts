import type { Catalogue, Field, Fields, ValueOf } from '@stockdb/contract'
import type { ReadonlyKysely } from 'kysely/readonly'

/** The type of a field's value in a query row: null is null, also for numbers. */
type QueryValue<F extends Field> = F['nullable'] extends false ? Exclude<ValueOf<F>, null> : ValueOf<F> | null

type QueryRow<Fs extends Fields> = { -readonly [K in keyof Fs]: QueryValue<Fs[K]> }

/** The datasets of a catalogue as Kysely's table types: name → row. */
export type DatabaseOf<C extends Catalogue> = { [N in keyof C & string]: QueryRow<C[N]['fields']> }

/** Kysely over the datasets of a catalogue, for reading. */
export type Queries<C extends Catalogue> = ReadonlyKysely<DatabaseOf<C>>

/** The frame field for a value of a query row. */
type FieldFor<V> = [Extract<V, boolean>] extends [never]
  ? [Extract<V, number>] extends [never]
    ? [Extract<V, bigint>] extends [never]
      ? Field<'text', null extends V ? true : false>
      : Field<'int64', true>
    : Field<'float64', true>
  : Field<'bool', null extends V ? true : false>

/**
 * The fields of the frame that answers a query whose rows are `O`. Types do not show whether a number is an integer, so
 * all become doubles, except bigints, whose column is an ordinary array.
 */
export type QueryFields<O> = { readonly [K in keyof O & string]: FieldFor<O[K]> }
