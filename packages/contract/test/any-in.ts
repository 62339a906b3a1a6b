type IsAny<T> = 0 extends 1 & T ? true : false

/** The Arrow table that a frame makes is a class of flechette. */
interface ArrowTable {
  readonly numCols: number
  getChildAt(index: number): unknown
}

/** Types of the platform and of other packages, which are not searched. */
type Leaf = ArrowTable | ArrayBufferView | Date | AbortSignal | Map<never, unknown> | ReadonlyMap<never, unknown> | URL

/**
 * The places in a type where an `any` is found, `never` if there is none. Searches properties, parameters and results
 * of functions, instances of classes, and elements of arrays, promises and generators, up to eight steps deep.
 */
export type AnyIn<T, Path extends string = '', Depth extends readonly 0[] = []> =
  IsAny<T> extends true
    ? Path
    : Depth['length'] extends 8
      ? never
      : T extends Leaf
        ? never
        : T extends abstract new (
              ...parameters: infer Parameters
            ) => infer Instance
          ? AnyIn<Parameters, `new ${Path}`, [...Depth, 0]> | AnyIn<Instance, Path, [...Depth, 0]>
          : T extends (...parameters: infer Parameters) => infer Result
            ? AnyIn<Parameters, `${Path}(…)`, [...Depth, 0]> | AnyIn<Result, `${Path}()`, [...Depth, 0]>
            : T extends PromiseLike<infer Value>
              ? AnyIn<Value, `await ${Path}`, [...Depth, 0]>
              : T extends AsyncIterable<infer Value>
                ? AnyIn<Value, `each ${Path}`, [...Depth, 0]>
                : T extends readonly (infer Element)[]
                  ? AnyIn<Element, `${Path}[]`, [...Depth, 0]>
                  : T extends Generator<infer Value, infer Last, infer Next>
                    ? AnyIn<[Value, Last, Next], `each ${Path}`, [...Depth, 0]>
                    : T extends object
                      ? { [K in keyof T & string]: AnyIn<T[K], `${Path}.${K}`, [...Depth, 0]> }[keyof T & string]
                      : never
