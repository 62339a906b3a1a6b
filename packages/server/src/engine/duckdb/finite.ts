import { type OperationNode, ValueNode } from 'kysely'
import { sqlNode } from '../sql-node.ts'
import { NOT_A_NUMBER } from './text-number.ts'

/** The message by which a query fails on a number beyond the doubles. */
export const NOT_FINITE = 'stockdb: a number is beyond the range of doubles'

/**
 * A number that was computed: an error where it is infinite or none, with which DuckDB would go on. The lambda names the number
 * once; written out twice, an expression of many parts would double in size with each of them. It takes 20 ns a row.
 */
export const finite = (number: OperationNode): OperationNode =>
  sqlNode`list_transform([${number}], lambda v: case when v is null or isfinite(v) then v else error(${ValueNode.createImmediate(NOT_FINITE)}) end)[1]`

/**
 * A column of doubles that others filled: an error where it holds NaN or an infinity, which DuckDB would take for a number greater than
 * all others. The type of a column is known when a statement is prepared: nothing is left of the case for whole numbers.
 */
export const finiteColumn = (column: OperationNode): OperationNode =>
  sqlNode`(case when typeof(${column}) in ('DOUBLE', 'FLOAT') and isfinite(${column}) is false then error(${ValueNode.createImmediate(NOT_A_NUMBER)} || cast(${column} as varchar)) else ${column} end)`
