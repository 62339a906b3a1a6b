export type {
  Adjustable,
  Catalogue,
  Dataset,
  Dated,
  FieldName,
  Fields,
  KeyFieldName,
  KnowledgeRule,
  Known,
  ListingRule,
  OnDuplicate,
} from './dataset.ts'
export {
  columnName,
  defineCatalogue,
  defineDataset,
  distinguishing,
  keyFields,
  tableName,
  untoldFields,
} from './dataset.ts'
export { dateOf, datetimeOf, daysOf, FIRST_DATE, LAST_DATE, millisecondsOf, parseDate, parseDatetime } from './dates.ts'
export type { ErrorBody, ErrorCode, StockdbErrorOptions } from './errors.ts'
export { errorCodes, isErrorCode, StockdbError } from './errors.ts'
export type { ColumnOf, Field, FieldType, FieldTypeName, StoredForm, StoredValue, ValueOf } from './fields.ts'
export {
  bool,
  date,
  datetime,
  fieldTypes,
  float64,
  int32,
  int64,
  storedForms,
  symbol,
  TEXT_LENGTH,
  text,
} from './fields.ts'
export type { Decoded } from './frame/arrow/decode.ts'
export { ArrowFrameDecoder } from './frame/arrow/decode.ts'
export { ArrowFrameEncoder } from './frame/arrow/encode.ts'
export type { Message } from './frame/arrow/messages.ts'
export { MessageSplitter } from './frame/arrow/messages.ts'
export type {
  Batch,
  FrameField,
  FrameHead,
  FrameMeta,
  FramePiece,
  FrameSource,
  FrameTail,
  HeadMeta,
  MissingFactors,
  Vector,
} from './frame/batch.ts'
export { isValid } from './frame/batch.ts'
export type { DatasetRows, FrameCoverage, Gap, OldestRow, SymbolHoles } from './frame/coverage.ts'
export type { JsonFrame, JsonValue } from './frame/json.ts'
export { collectJson } from './frame/json.ts'
export type { Plain } from './frame/values.ts'
export { plainValues } from './frame/values.ts'
export type { SymbolArguments, UnknownSymbols } from './inputs/arguments.ts'
export type { AsOfInput, AsOfKeyFieldName, CheckedAsOf } from './inputs/as-of-inputs.ts'
export { asOfFields, asOfInputOf, DEFAULT_REPORT_TYPE, isKnown } from './inputs/as-of-inputs.ts'
export type { OffsetInput, SessionInput, SessionsInput } from './inputs/calendar-inputs.ts'
export { calendarInputs } from './inputs/calendar-inputs.ts'
export type {
  Adjust,
  AdjustArguments,
  AtInput,
  LatestInput,
  ListInput,
  MissingFactor,
  RangeInput,
  Selection,
  WhereArgument,
} from './inputs/dataset-inputs.ts'
export { adjustments, answerFields, inputsOf, missingFactorModes } from './inputs/dataset-inputs.ts'
export { describeIssues } from './inputs/describe-issues.ts'
export type {
  Frequency,
  FrequencyArguments,
  InMinutes,
  MinuteFrequency,
  OfOneLength,
  StoredFrequency,
} from './inputs/frequency-inputs.ts'
export { minutesOf } from './inputs/frequency-inputs.ts'
export type {
  InstrumentListInput,
  InstrumentSearchInput,
  Stocks,
  TimelessName,
} from './inputs/instrument-inputs.ts'
export { instrumentFields, instrumentInputsOf, timelessFields } from './inputs/instrument-inputs.ts'
export type { MemoryInput, SnapshotInput, WatchInput } from './inputs/ops-inputs.ts'
export { opsInputs } from './inputs/ops-inputs.ts'
export type { Fill, IfPanelled, PanelField, PanelInput } from './inputs/panel-input.ts'
export { isPanelled, panelInputOf } from './inputs/panel-input.ts'
export type { QueryInput } from './inputs/query-input.ts'
export { BIGINT_TAG, queryInput } from './inputs/query-input.ts'
export type { CheckedScreen, Comparison, Condition, FieldPath } from './inputs/screen/screen-input.ts'
export { screenInputOf } from './inputs/screen/screen-input.ts'
export type { Conditions, ScreenField, ScreenFieldOf, ScreenInput, ScreenWhere } from './inputs/screen/screen-types.ts'
export type { SqlInput, SqlValue } from './inputs/sql-input.ts'
export { sqlInput } from './inputs/sql-input.ts'
export { parseDecimal, parseWhole } from './numbers.ts'
export type {
  AllocationSite,
  CallerProfile,
  HeapSnapshot,
  MemoryProfile,
  MemoryReport,
  MemorySample,
  MemoryUsage,
  OpsStats,
  ProcedureProfile,
  ProcedureShare,
  Pulse,
  Usage,
} from './ops.ts'
export { refusalOf } from './refused-nodes.ts'
export { reservedNames } from './reserved-names.ts'
export type { Coverage, DatasetInfo, ErrorShape, FieldInfo, Health, ServerInfo, StockdbRouter } from './router.ts'
export type { AdjustmentRule, PreviousClose } from './rules/adjustment-rule.ts'
export type { BarRule, MinuteRule } from './rules/bar-rule.ts'
export type { Scope } from './scopes.ts'
export { scopes } from './scopes.ts'
export { normalizeSymbol } from './symbols/normalize-symbol.ts'
export type { Exchange, Notation } from './symbols/notations.ts'
export { severalSymbols, similarSymbols } from './symbols/similar-symbols.ts'
export type { Tushare } from './tushare/catalogue.ts'
export { tushare } from './tushare/catalogue.ts'
export {
  ARROW_STREAM,
  EVENT_STREAM,
  limits,
  REQUEST_ID_HEADER,
  signsOfLife,
  WIRE_VERSION,
  WIRE_VERSION_KEY,
} from './wire.ts'
