import { describeIssues, show } from '@stockdb/contract/internal'
import type { ErrorShape } from '@stockdb/contract/wire'
import { errorCodes, StockdbError } from '@stockdb/contract/wire'
import { type AnyTRPCProcedure, type AnyTRPCRouter, initTRPC, TRPCError } from '@trpc/server'
import { ZodError, z } from 'zod'
import type { ProcedureMeta, ProcedureScope } from '../access/principal.ts'
import type { CallContext } from './context.ts'
import type { EventSink } from './event-sink.ts'

const t = initTRPC
  .context<CallContext>()
  .meta<ProcedureMeta>()
  .create({
    // Stacks stay in the log, regardless of NODE_ENV.
    isDev: false,
    errorFormatter: ({ shape, error, path, ctx }): ErrorShape =>
      errorShape(shape.code, toStockdbError(error), ctx?.requestId ?? '', path),
  })

export const router: typeof t.router = t.router

/**
 * A procedure that requires a scope of its caller before its input is parsed. Only this and {@link datasetProcedure}
 * create procedures.
 */
export function procedure(scope: ProcedureScope, options: Omit<ProcedureMeta, 'scope'> = {}) {
  return t.procedure.meta({ scope, ...options }).use(({ ctx, next }) => {
    ctx.caller.require(scope)
    return next()
  })
}

/** The input of a call. A missing input means no arguments: if some are required, the error names them. */
export const argumentsOf = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((input) => (input === undefined ? {} : input), schema)

/** A request: its arguments, and whether the answer must be read for this call. */
export interface Asked<Input> {
  readonly input: Input
  readonly fresh: boolean
}

/** The input of a request, which may say `fresh: true` besides its arguments. */
export const requestOf = <Schema extends z.ZodType>(schema: Schema) =>
  z.unknown().transform((given, context): Asked<z.output<Schema>> => {
    const { fresh = false, ...rest } =
      typeof given === 'object' && given !== null ? ({ ...given } as { fresh?: unknown }) : {}
    const read = schema.safeParse(
      given === undefined || (typeof given === 'object' && given !== null && !Array.isArray(given)) ? rest : given,
    )
    if (!read.success) for (const issue of read.error.issues) context.addIssue({ ...issue } as never)
    if (typeof fresh !== 'boolean')
      context.addIssue({
        code: 'custom',
        path: ['fresh'],
        message: `got ${show(fresh)}; expected true or false`,
        input: fresh,
      })
    return { input: read.data as z.output<Schema>, fresh: fresh === true }
  })

/**
 * A procedure that reads a dataset, for callers who may read it. It is one step because tRPC copies its options for
 * each.
 */
export function datasetProcedure(dataset: string) {
  return t.procedure.meta({ scope: 'read', dataset }).use(({ ctx, next }) => {
    requireRead(ctx, dataset)
    return next()
  })
}

function requireRead({ caller }: CallContext, dataset: string): void {
  caller.require('read')
  caller.requireDataset(dataset)
}

/** Calls a procedure with an input that nobody has looked at, and makes the same checks as tRPC would have made. */
type DirectCall = (ctx: CallContext, input: unknown) => unknown

const directCalls = new WeakMap<object, DirectCall>()

/**
 * A procedure that answers from a dataset, for callers who may read it. It can also be called directly, with the same checks:
 * tRPC's way through its middlewares takes longer than they do.
 */
export function readProcedure<Schema extends z.ZodType, Output>(
  dataset: string,
  schema: Schema,
  read: (call: { readonly ctx: CallContext } & Asked<z.output<Schema>>) => Promise<Output>,
) {
  const request = requestOf(schema)
  const procedure = datasetProcedure(dataset)
    .input(request)
    // tRPC's type allows for procedures without input, which this is not.
    .query(({ ctx, input: asked }) => read({ ctx, ...(asked as Asked<z.output<Schema>>) }))
  directCalls.set(procedure, (ctx, input) => {
    requireRead(ctx, dataset)
    // The larger schema only where it is needed.
    if (typeof input === 'object' && input !== null && 'fresh' in input)
      return read({ ctx, ...checked(request, input) })
    return read({ ctx, input: checked(schema, input === undefined ? {} : input), fresh: false })
  })
  return procedure
}

/** Begins a subscription with an input that nobody has looked at, and sends its events until it ends or is aborted. */
export type Subscribe = (ctx: CallContext, input: unknown, sink: EventSink) => Promise<void>

const subscriptions = new WeakMap<object, Subscribe>()

/** A subscription. The HTTP layer begins it directly, and writes its events. */
export function subscriptionProcedure<Schema extends z.ZodType>(
  { scope, dataset, exempt = false }: Omit<ProcedureMeta, 'takesArrow'>,
  schema: Schema,
  subscribe: (ctx: CallContext, input: z.output<Schema>, sink: EventSink) => Promise<void>,
) {
  const procedure = t.procedure
    .meta({ scope, exempt, ...(dataset === undefined ? {} : { dataset }) })
    .subscription(() => {
      throw new StockdbError('INVALID_INPUT', 'got a subscription among other calls; send it by itself')
    })
  subscriptions.set(procedure, async (ctx, input, sink) => {
    ctx.caller.require(scope)
    if (dataset !== undefined) ctx.caller.requireDataset(dataset)
    await subscribe(ctx, checked(schema, input === undefined ? {} : input), sink)
  })
  return procedure
}

function checked<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(input)
  if (!success) throw new StockdbError('INVALID_INPUT', describeIssues(error))
  return data
}

/** A procedure that writes to a dataset, for callers who may. It is called alone: its key stands for one write. */
export function writeProcedure(dataset: string, scope: 'write' | 'admin', options: Omit<ProcedureMeta, 'scope'> = {}) {
  return t.procedure.meta({ scope, ...options }).use(({ ctx, next }) => {
    ctx.caller.require(scope)
    ctx.caller.requireDataset(dataset, 'write')
    refuseBatch(ctx)
    return next()
  })
}

/** Throws for a write among several calls of one request. */
export function refuseBatch({ batched }: Pick<CallContext, 'batched'>): void {
  if (batched)
    throw new StockdbError('INVALID_INPUT', 'batch: got a write among several calls; send each write by itself')
}

/** What the HTTP layer knows of a procedure. */
export interface Procedure extends Required<Omit<ProcedureMeta, 'dataset' | 'namesDatasets'>> {
  readonly dataset: string | undefined
  readonly namesDatasets: ProcedureMeta['namesDatasets']
  /** Absent for most that do not answer with a frame. */
  readonly direct: DirectCall | undefined
  /** Of a subscription. */
  readonly subscribe: Subscribe | undefined
}

/** Procedures by path. */
export type Procedures = ReadonlyMap<string, Procedure>

/**
 * The procedures of a router, by path. Throws a `TypeError` if one declares no scope, since it would be open to
 * everyone.
 */
export function proceduresOf(router: AnyTRPCRouter): Procedures {
  const procedures = Object.entries(router._def.procedures as Record<string, AnyTRPCProcedure>)
  return new Map(
    procedures.map(([path, procedure]) => {
      const { _def } = procedure
      const {
        scope,
        exempt = false,
        takesArrow = false,
        dataset,
        namesDatasets,
      } = (_def.meta ?? {}) as Partial<ProcedureMeta>
      if (scope === undefined) throw new TypeError(`the procedure ${path} declares no scope`)
      const direct = directCalls.get(procedure)
      const subscribe = subscriptions.get(procedure)
      return [path, { scope, exempt, takesArrow, dataset, namesDatasets, direct, subscribe }]
    }),
  )
}

/**
 * Maps any failure of a call to the closed error table. Unknown failures become INTERNAL and reveal nothing to the
 * caller.
 */
export function toStockdbError(error: unknown): StockdbError {
  if (error instanceof StockdbError) return error
  if (!(error instanceof TRPCError)) return new StockdbError('INTERNAL', INTERNAL_MESSAGE, { cause: error })
  if (error.cause instanceof StockdbError) return error.cause
  if (error.cause instanceof ZodError) return new StockdbError('INVALID_INPUT', describeIssues(error.cause))
  // tRPC blames the caller for anything that input validation throws, and would reveal its message.
  if (error.code === 'BAD_REQUEST' && error.cause && !(error.cause instanceof SyntaxError))
    return new StockdbError('INTERNAL', INTERNAL_MESSAGE, { cause: error.cause })
  switch (error.code) {
    case 'NOT_FOUND':
      return new StockdbError(
        'UNKNOWN_PROCEDURE',
        `${error.message}; meta.info lists the datasets and their procedures`,
      )
    case 'METHOD_NOT_SUPPORTED':
      return new StockdbError('METHOD_NOT_ALLOWED', error.message)
    case 'PAYLOAD_TOO_LARGE':
      return new StockdbError('BODY_TOO_LARGE', 'the request is larger than the server accepts')
    case 'PARSE_ERROR':
    case 'BAD_REQUEST':
    case 'UNSUPPORTED_MEDIA_TYPE':
      return new StockdbError('INVALID_INPUT', `cannot read the request: ${error.message}`)
    default:
      return new StockdbError('INTERNAL', INTERNAL_MESSAGE, { cause: error.cause ?? error })
  }
}

const INTERNAL_MESSAGE = 'internal error; the server log has the reason under this request id'

/** tRPC's number for a class of errors; `data.code` is ours. */
export function errorShape(
  number: number,
  error: Pick<StockdbError, 'code' | 'message' | 'retryAfterMs'>,
  requestId: string,
  path: string | undefined,
): ErrorShape {
  const { status, retryable } = errorCodes[error.code]
  return {
    message: error.message,
    code: number,
    data: {
      code: error.code,
      httpStatus: status,
      retryable,
      requestId,
      ...(path === undefined ? {} : { path }),
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    },
  }
}
