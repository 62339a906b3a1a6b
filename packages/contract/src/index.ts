// To declare datasets: datasets, fields, and Tushare's catalogue.
export type {
  Catalogue,
  CheckRule,
  Dataset,
  FieldName,
  Fields,
  ListingRule,
  OnDuplicate,
  PointInTimeRule,
  TablesRule,
  WideRule,
} from './dataset.ts'
export { defineCatalogue, defineDataset } from './dataset.ts'
export type { DateFormat } from './date-formats.ts'
export type { Factor, FactorDeclaration } from './factor.ts'
export { defineFactor } from './factor.ts'
export type { FieldTypeName } from './field-types.ts'
export type { ColumnOf, Field, NumberFormat, ValueOf } from './fields.ts'
export { bool, date, datetime, float64, int32, int64, symbol, text } from './fields.ts'
export type {
  CalendarRole,
  CatalogueRoles,
  ConstituentsRole,
  NamesRole,
  StocksRole,
  SuspensionsRole,
} from './roles.ts'
export { catalogueRoles } from './roles.ts'
export type { AdjustmentRule, PreviousClose } from './rules/adjustment-rule.ts'
export type { BarRule, MinuteRule } from './rules/bar-rule.ts'
export type { SymbolFormat } from './symbol-formats.ts'
export type { ExchangeColumn } from './symbols/exchange-column.ts'
export { normalizeSymbol } from './symbols/normalize-symbol.ts'
export type { Exchange, Notation } from './symbols/notations.ts'
export type { Tushare } from './tushare/catalogue.ts'
export { tushare } from './tushare/catalogue.ts'
