import type { Dataset } from '../dataset.ts'
import { parseDateArgument } from '../date-argument.ts'
import { parseDatetime } from '../dates.ts'

declare const value: unique symbol

/**
 * What an argument may be, as plain data: it stands beside the argument's TypeScript type, and the server makes a schema of it
 * (`schemas/schema-of.ts`). This file has no schema library, so that the client has none.
 *
 * `expected` ends the message about any other value: `n: got 0; expected a whole number from 1 to 1000`.
 */
export type Argument<Value = unknown> = Kind & {
  readonly optional?: true
  /** The checked value; it is a type only. */
  readonly [value]?: Value
}

type Kind =
  | { readonly kind: 'flag'; readonly expected: string }
  | { readonly kind: 'whole'; readonly from: number; readonly to: number; readonly expected: string }
  | { readonly kind: 'choice'; readonly of: readonly string[]; readonly expected: string }
  | {
      readonly kind: 'text'
      readonly form: RegExp
      readonly expected: string
      /** What else the message about a text says. */
      hint?(given: unknown): string
    }
  | {
      readonly kind: 'read'
      readonly from: 'text' | 'text or number' | 'anything'
      readonly expected: string
      /** What the value means; `undefined` refuses it. */
      read(given: unknown): unknown
    }
  | {
      readonly kind: 'list'
      readonly of: Argument
      readonly least?: number
      readonly most: number
      readonly expected: string
      /** The whole message about a longer list; by default that of `expected`. */
      readonly tooLong?: string
    }
  | { readonly kind: 'arguments'; readonly of: Arguments; readonly expected: string }

/** Arguments by name. */
export type Arguments = Readonly<Record<string, Argument>>

/** The arguments that a procedure takes of a dataset, one or a few that belong together. */
export type DatasetArguments = (dataset: Dataset) => Arguments

/** The checked value of an argument. */
export type Given<A> = A extends { readonly [value]?: infer Value } ? Exclude<Value, undefined> : never

/** The checked values of arguments. */
export type Checked<All> = {
  readonly [Name in keyof All as All[Name] extends { readonly optional: true } ? never : Name]: Given<All[Name]>
} & {
  readonly [Name in keyof All as All[Name] extends { readonly optional: true } ? Name : never]?:
    | Given<All[Name]>
    | undefined
}

/** An argument that may be left out. */
export const optional = <Value>(argument: Argument<Value>): Argument<Value> & { readonly optional: true } => ({
  ...argument,
  optional: true,
})

/** Arguments that a dataset does not have get no key, so that they are refused as unknown; their type stays the same. */
export const ifHas = <All extends Arguments>(has: boolean, all: All): All => (has ? all : ({} as All))

/** True or false. */
export const flag = (): Argument<boolean> => ({ kind: 'flag', expected: 'true or false' })

/** A whole number, both ends inclusive. */
export const whole = (from: number, to: number, what = 'a whole number'): Argument<number> => ({
  kind: 'whole',
  from,
  to,
  expected: `${what} from ${from} to ${to}`,
})

/** A whole number from 1 to `most`. */
export const count = (most: number): Argument<number> => whole(1, most)

/** One of several words. */
export const oneOf = <const Word extends string>(
  words: readonly Word[],
  expected = `one of ${words.join(', ')}`,
): Argument<Word> => ({ kind: 'choice', of: words, expected })

/** A text of a form. */
export const textLike = (form: RegExp, expected: string): Argument<string> => ({ kind: 'text', form, expected })

/** A text of 1 to `most` characters. */
export const textOfLength = (most: number, what = ''): Argument<string> =>
  textRead(`a text of 1 to ${most} characters${what}`, (text) =>
    text.length >= 1 && text.length <= most ? text : undefined,
  )

/** A text, and what it means; `undefined` if it means nothing. */
export const textRead = <Value>(expected: string, read: (text: string) => Value | undefined): Argument<Value> => ({
  kind: 'read',
  from: 'text',
  expected,
  // Nothing else comes here.
  read: (given) => read(given as string),
})

const DATE_EXPECTED = 'a date as YYYY-MM-DD or YYYYMMDD, 1000-01-01 to 9999-12-31'

/** A date, checked as `YYYY-MM-DD`; with an `edge` it may be a month, of which it is the first or the last day. */
export const date = (edge?: 'first' | 'last'): Argument<string> =>
  textRead(DATE_EXPECTED, (text) => parseDateArgument(text, edge))

/** A datetime, or a date that stands for its first or last millisecond; checked as a datetime. */
export const moment = (edge: 'first' | 'last'): Argument<string> =>
  textRead(`${DATE_EXPECTED}, or with a time as YYYY-MM-DD HH:MM:SS`, (text) => {
    const day = parseDateArgument(text, edge)
    return day === undefined ? parseDatetime(text) : `${day} ${edge === 'first' ? '00:00:00' : '23:59:59.999'}`
  })
