/// <reference lib="esnext.disposable" preserve="true" />
// The interface between client and server: inputs and answers of every call, frames, errors. It imports no schema library.
// Inputs of calls are exported by file, so that a new one is declared in its file alone.
export type { Adjustable, Dated, IfWritable, KeyFieldName, PointInTime } from './dataset.ts'
export type * from './dataset-procedures.ts'
export { needOf } from './dataset-procedures.ts'
export { parseDateArgument } from './date-argument.ts'
export { daysOf, MS_PER_DAY, millisecondsOf, parseDate, parseDatetime } from './dates.ts'
export type { ErrorBody, ErrorCode, StockdbErrorOptions } from './errors.ts'
export { errorCodes, isErrorCode, StockdbError } from './errors.ts'
export type { FieldInfo } from './field-info.ts'
export type { Decoded } from './frame/arrow/decode/frame.ts'
export { ArrowFrameDecoder } from './frame/arrow/decode/frame.ts'
export type { Message } from './frame/arrow/decode/message.ts'
export { MessageSplitter } from './frame/arrow/decode/message.ts'
export { ArrowFrameEncoder } from './frame/arrow/encode/frame.ts'
export type {
  Batch,
  CacheMeta,
  FrameChunk,
  FrameField,
  FrameHeader,
  FrameMeta,
  FrameSource,
  FrameTrailer,
  HeaderMeta,
  MissingFactors,
  PlanExplanation,
  Vector,
} from './frame/batch.ts'
export { isValid } from './frame/batch.ts'
export type { DatasetRows, FrameCoverage, Gap, OldestRow, SymbolHoles } from './frame/coverage.ts'
export { joinBytes } from './frame/join-bytes.ts'
export type { JsonFrame, JsonValue } from './frame/json.ts'
export { collectJson } from './frame/json.ts'
export type { Part } from './frame/parts.ts'
export { keepableHead, PartKind, PartSplitter, partOf, readKeepable } from './frame/parts.ts'
export type { Plain } from './frame/values.ts'
export { copyPlain, plainValues } from './frame/values.ts'
export type * from './inputs/arguments.ts'
export type * from './inputs/as-of-inputs.ts'
export type * from './inputs/calendar-inputs.ts'
export type * from './inputs/change-inputs.ts'
export type * from './inputs/dataset-arguments.ts'
export type * from './inputs/factor-inputs.ts'
export { factorProcedures } from './inputs/factor-inputs.ts'
export type * from './inputs/frequency-inputs.ts'
export type * from './inputs/instrument-inputs.ts'
export { instrumentFields } from './inputs/instrument-inputs.ts'
export type * from './inputs/ops-inputs.ts'
export type * from './inputs/panel-input.ts'
export type * from './inputs/query-input.ts'
export { BIGINT_TAG } from './inputs/query-input.ts'
export type { Conditions, ScreenField, ScreenFieldOf, ScreenInput, ScreenWhere } from './inputs/screen-types.ts'
export type * from './inputs/sql-input.ts'
export type * from './inputs/write-inputs.ts'
export { didYouMean } from './nearest.ts'
export type {
  AllocationSite,
  CacheStats,
  CallerProfile,
  HeapSnapshot,
  MemoryProfile,
  MemoryReport,
  MemorySample,
  MemoryUsage,
  OpsConnections,
  OpsStats,
  ProcedureProfile,
  ProcedureShare,
  ServerStatus,
  Usage,
  WorkerMemory,
  WorkerStats,
} from './ops.ts'
export {
  ARROW_STREAM,
  CACHE_HEADER,
  EVENT_STREAM,
  EXPLAIN_HEADER,
  FRAME_PARTS,
  IDEMPOTENCY_HEADER,
  limits,
  REQUEST_ID_HEADER,
  STATE_HEADER,
  signsOfLife,
  UNKNOWN_STATE,
  WIRE_VERSION,
  WIRE_VERSION_KEY,
} from './protocol.ts'
export { refusalOf } from './refused-nodes.ts'
export type {
  DatasetInfo,
  ErrorShape,
  Health,
  Holdings,
  ServerInfo,
  StateAnswer,
  StockdbRouter,
} from './router.ts'
export { takesStatement } from './statement-procedures.ts'
