/// <reference lib="esnext.disposable" preserve="true" />
export type { Catalogue, Factor, FactorDeclaration, Notation, Tushare } from '@stockdb/contract'
export { defineCatalogue, defineDataset, defineFactor, tushare } from '@stockdb/contract'
export type {
  Adjust,
  Change,
  ChangeEvent,
  ChangesAnswer,
  ChangesInput,
  ChangeWatchInput,
  DeleteInput,
  DeleteResult,
  ErrorCode,
  FactorDropped,
  FactorInfo,
  FrameCoverage,
  FrameMeta,
  UpsertResult,
  WriteColumns,
  WriteMode,
  WriteRow,
} from '@stockdb/contract/wire'
export { StockdbError } from '@stockdb/contract/wire'
export type { CalendarClient } from './calendar-client.ts'
export type { CallOptions } from './call/deadline.ts'
export type { Progress } from './call/progress.ts'
export type { Client } from './client.ts'
export { connect } from './connect.ts'
export type { ConnectOptions } from './connect-options.ts'
export type {
  AsOfClient,
  DatasetClient,
  DatedClient,
  FrameOf,
  ListClient,
  PanelClient,
  WatchClient,
} from './dataset-client.ts'
export {
  CancelledError,
  ConflictError,
  DuplicateKeyError,
  ForbiddenError,
  IncompleteAnswerError,
  InvalidInputError,
  MissingFactorError,
  NotPointInTimeError,
  OutOfCalendarError,
  OverloadedError,
  QueryRefusedError,
  ServerError,
  TimeoutError,
  TooManyRowsError,
  UnauthorizedError,
  UnavailableError,
  UnknownProcedureError,
  UnknownSymbolError,
  WireMismatchError,
  WriteOutcomeUnknownError,
} from './errors.ts'
export type { FactorsClient } from './factors-client.ts'
export type { CellsOf, Int32 } from './frame/cells.ts'
export type { DescriptionFields, Row } from './frame/frame.ts'
export { Frame } from './frame/frame.ts'
export type { ColumnInput, FieldsOfColumns, FrameInputOptions } from './frame/frame-input.ts'
export type { Panel } from './frame/panel.ts'
export type { Panels } from './frame/panels.ts'
export type { PrintOptions } from './frame/print/text-table.ts'
export type { InstrumentsClient } from './instruments-client.ts'
export type { MetaClient } from './meta-client.ts'
export { normalizeSymbol } from './normalize-symbol.ts'
export type { OpsClient } from './ops-client.ts'
export type { DatabaseOf, Queries, QueryFields } from './query/types.ts'
export type { Screen, ScreenFields } from './screen-client.ts'
export type { RunSql, SqlFields } from './sql.ts'
export type { DeletedSpan, TailEvent, TailInput } from './write/tail.ts'
export type { UpsertOptions, WriteClient, WriteOptions } from './write/write-client.ts'
export type { ArrowTable, FrameToWrite, WriteBatch, WriteData } from './write/write-data.ts'
