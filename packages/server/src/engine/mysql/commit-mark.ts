import type { Controllers } from './controllers.ts'

/** Servers that speak this protocol, but lack one of the variables. */
const UNKNOWN_VARIABLE = 1193

const SERVER = `select version(), @@global.log_bin, concat_ws('/', @@hostname, @@port, @@server_id /*!50700 , @@server_uuid */)`

/**
 * Where a MariaDB server's binary log and its tables agree. `@@gtid_binlog_pos` is moved before the tables show the rows, so that
 * a reader could take old rows for new ones forever; it only tells logs apart that were begun again.
 */
const MARIADB_LOG = `show status where variable_name in ('Binlog_snapshot_file', 'Binlog_snapshot_position', 'Slaves_running')`

/** What a replica, or a node of a cluster, takes from others is only in its own log if it is set to write it there. */
const MARIADB_SETTINGS = 'select @@global.log_slave_updates, @@global.wsrep_on, @@global.gtid_binlog_pos'

/** MySQL adds a transaction here after its rows can be seen, with those of a replica. */
const MYSQL_LOG = 'select @@global.gtid_mode, @@global.gtid_executed'

/** A version of the server's data, which changes with each commit; `undefined` if it does not tell of all. */
export async function mysqlCommitMark(controllers: Pick<Controllers, 'ask' | 'askAll'>): Promise<string | undefined> {
  try {
    const [version, logs, server] = (await controllers.ask(SERVER)) ?? []
    if (Number(logs) !== 1) return undefined
    const log = String(version).includes('MariaDB') ? await mariadbLog(controllers) : await mysqlLog(controllers)
    return log && `${String(server)} ${log}`
  } catch (error) {
    if ((error as { readonly errno?: number }).errno === UNKNOWN_VARIABLE) return undefined
    throw error
  }
}

async function mariadbLog(controllers: Pick<Controllers, 'ask' | 'askAll'>): Promise<string | undefined> {
  const [logsOthers, cluster, begun] = (await controllers.ask(MARIADB_SETTINGS)) ?? []
  // Read last: a commit between the two must show in it.
  const status = new Map((await controllers.askAll(MARIADB_LOG)).map(([name, value]) => [name, String(value)]))
  const [file, position] = [status.get('Binlog_snapshot_file'), status.get('Binlog_snapshot_position')]
  const alone = status.get('Slaves_running') === '0' && Number(cluster) === 0
  if (!file || position === undefined || !(alone || Number(logsOthers) === 1)) return undefined
  return [file, position, String(begun)].join(' ')
}

async function mysqlLog(controllers: Pick<Controllers, 'ask'>): Promise<string | undefined> {
  const [mode, executed] = (await controllers.ask(MYSQL_LOG)) ?? []
  return mode === 'ON' ? String(executed).replaceAll('\n', '') : undefined
}
