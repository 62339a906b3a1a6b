import type { FrameSource, JsonFrame, SqlValue } from '@stockdb/contract'
import { StockdbError, sqlInput, tableName } from '@stockdb/contract'
import type { Caller } from '../access/caller.ts'
import { answerSql } from '../answer/answer-sql.ts'
import { checkSql } from '../sql/check-sql.ts'
import type { CallContext, Services } from './context.ts'
import { deliver } from './deliver.ts'
import { procedure, router } from './trpc.ts'

/** Statements that callers wrote themselves, for tokens with the scope `sql`. */
export function sqlRouter(services: Services) {
  const run = async (ctx: CallContext, text: string, params: readonly SqlValue[]): Promise<FrameSource | JsonFrame> => {
    const { adHoc, sqlParser } = services
    const rules = { schema: adHoc.schema, demandTable: demandTable(services, ctx.caller) }
    const checked = await checkSql(text, params, adHoc.kind, sqlParser, rules)
    // How much a statement reads can not be told from its looks.
    return deliver(services, ctx, Number.POSITIVE_INFINITY, async () => {
      const answer = await adHoc.run(checked, ctx.signal)
      ctx.hold(answer.bytes)
      return answerSql(answer)
    })
  }
  return router({
    run: procedure('sql')
      .input(sqlInput)
      .query(({ ctx, input }) => run(ctx, input.sql, input.params)),
  })
}

/** A caller who may read some datasets may read their tables, by their exact names, and no others; everybody else all tables of the database. */
function demandTable({ catalogue }: Services, caller: Caller): (table: string) => void {
  if (!caller.restricted) return () => {}
  return (table) => {
    const dataset = Object.values(catalogue).find((dataset) => tableName(dataset) === table)
    if (dataset) return caller.demandDataset(dataset.name)
    throw new StockdbError(
      'FORBIDDEN',
      `the token "${caller.name}" is for some datasets only, and ${table} is the table of none of them`,
    )
  }
}
