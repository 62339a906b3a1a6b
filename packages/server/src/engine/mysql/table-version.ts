import type { TableVersion } from '../engine.ts'
import type { TableRef } from '../table-ref.ts'
import type { Controllers } from './controllers.ts'

/**
 * Storage engines that tell when a table was written: InnoDB at each commit, MyISAM by the time of its file. Aria writes its file later,
 * and a view tells nothing.
 */
const TELLING: readonly unknown[] = ['InnoDB', 'MyISAM']

/**
 * These are whole seconds: within the same one there may be another write. MariaDB notes a write when it is committed, too, but with the
 * time at which its transaction began, which may be the same second as that of another one that was committed long before.
 */
const TIMES = `select table_name, engine, create_time, update_time, update_time > now() - interval 2 second,
    update_time > now() - interval 1 minute and version() like '%MariaDB%'
  from information_schema.tables where table_schema = `

/** When tables were last written; `undefined` if one of them does not tell. */
export async function mysqlTableVersion(
  controllers: Pick<Controllers, 'askAll'>,
  tables: readonly TableRef[],
): Promise<TableVersion | undefined> {
  const parts: unknown[] = []
  let [isFresh, isDoubtful] = [false, false]
  for (const [schema, refs] of Map.groupBy(tables, (ref) => (typeof ref === 'string' ? undefined : ref.schema))) {
    const names = refs.map((ref) => (typeof ref === 'string' ? ref : ref.table))
    // The database looks for one table alone only by "=".
    const chosen = names.length === 1 ? 'table_name = ?' : `table_name in (${names.map(() => '?').join(', ')})`
    const within = schema === undefined ? 'database()' : '?'
    const values = [...(schema === undefined ? [] : [schema]), ...names]
    const rows = await controllers.askAll(`${TIMES}${within} and ${chosen} order by table_name`, values)
    if (rows.length < names.length) return undefined
    for (const [name, engine, created, written, fresh, doubtful] of rows) {
      if (!TELLING.includes(engine)) return undefined
      parts.push([name, created, written])
      isFresh ||= Number(fresh) === 1
      // Since the database began, or since it put the table out of its memory, nobody wrote: what was before is not known any more.
      isDoubtful ||= written === null || Number(doubtful) === 1
    }
  }
  return { text: JSON.stringify(parts), isFresh, isDoubtful }
}
