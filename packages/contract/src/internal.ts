// For the server only: the schemas that check inputs, and helpers for datasets. It may change in any release.
export { columnName, distinguishing, fieldsUnknownAsOf, isWritable, keyFields, tableName } from './dataset.ts'
export * from './dataset-procedures.ts'
export {
  dateFormats,
  epochOf,
  hasDigitsFor,
  hasEmpty,
  hasTime,
  isUnordered,
  lengthOf,
  partsOf,
  writeDate,
} from './date-formats.ts'
export {
  CHINA_MS,
  dateOf,
  datetimeOf,
  daysOf,
  FIRST_DATE,
  LAST_DATE,
  MS_PER_DAY,
  millisecondsOf,
  parseDate,
  parseDatetime,
} from './dates.ts'
export { declarationOf, FACTOR_FORM, MAX_DEFINITION } from './factor.ts'
export type { FieldType, StoredValue } from './field-types.ts'
export { fieldTypes, SYMBOL_FORM, TEXT_LENGTH } from './field-types.ts'
export type { MessageKind } from './frame/arrow/decode/kind.ts'
export { kindOf } from './frame/arrow/decode/kind.ts'
export type { CheckedAsOf } from './inputs/as-of-inputs.ts'
export { asOfFields, DEFAULT_REPORT_TYPE } from './inputs/as-of-inputs.ts'
export type { CheckedScreen, Comparison, Condition, FieldPath } from './inputs/checked-screen.ts'
export { adjustments, answerFields, missingFactorModes } from './inputs/dataset-arguments.ts'
export { minutesOf } from './inputs/frequency-inputs.ts'
export { immutableFields } from './inputs/instrument-inputs.ts'
export type { Member } from './members.ts'
export { hasMembers, memberDataset, membersAmong, membersWithin, namedSymbol, namesSymbols } from './members.ts'
export { parseDecimal, parseWhole } from './numbers.ts'
export { IDEMPOTENCY_FORM } from './protocol.ts'
export { reservedNames } from './reserved-names.ts'
export type { Held, HeldRoles, StocksRole } from './roles.ts'
export { catalogueRoles, declaredRoles, rolesOf } from './roles.ts'
export { ruleTest, violationOf } from './rules/check-rule.ts'
export { checkServed } from './rules/check-served.ts'
export type { CheckedInput } from './schemas/dataset.ts'
export { inputOf } from './schemas/dataset.ts'
export { describeIssues } from './schemas/describe-issues.ts'
export { factorInputs } from './schemas/factors.ts'
export { calendarInputs, changesInput, instrumentInputsOf, opsInputs, watchInputOf } from './schemas/inputs.ts'
export { queryInput } from './schemas/query.ts'
export { screenInputOf } from './schemas/screen.ts'
export { sqlInput } from './schemas/sql.ts'
export { upsertOptions, writeInputsOf } from './schemas/write.ts'
export type { Scope } from './scopes.ts'
export { scopes } from './scopes.ts'
export { show } from './show.ts'
export { readSymbolAs, symbolFormats, writeSymbolAs } from './symbol-formats.ts'
export { notations, parseSymbol, writeSymbol } from './symbols/notations.ts'
export { severalSymbols, similarSymbols } from './symbols/similar-symbols.ts'
export { exchangeOf, splitSymbol, splitSymbolOf, wordsOf } from './symbols/split-symbols.ts'
export { tushareRoles } from './tushare/roles.ts'
