import { withConnection } from './ask-server.ts'
import { startPrivateServer } from './private-server.ts'

/**
 * `init_connect` statements for sessions without SUPER. Code that relies on a server's defaults gets five rows, an old
 * snapshot, other quotes, Shanghai time and texts in GBK.
 */
const initConnect = [
  'set names gbk',
  `set session autocommit = 0, sql_select_limit = 5, max_join_size = 1, sql_auto_is_null = 1, completion_type = 'CHAIN',
    time_zone = '+08:00', timestamp = 86400, group_concat_max_len = 4, div_precision_increment = 0, foreign_key_checks = 0,
    unique_checks = 0, max_sort_length = 64, default_week_format = 3, sql_safe_updates = 1,
    sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE'`,
  'set session transaction isolation level read uncommitted',
  'set session transaction read only',
]

/** Options that affect every session, including those with SUPER. */
const options = [
  '--loose-skip-character-set-client-handshake',
  '--character-set-server=latin1',
  '--collation-server=latin1_swedish_ci',
  '--transaction-isolation=READ-UNCOMMITTED',
  '--sql-mode=ANSI_QUOTES,PIPES_AS_CONCAT',
  '--default-time-zone=+08:00',
  '--group-concat-max-len=4',
  '--div-precision-increment=0',
  '--max-join-size=1000',
  `--init-connect=${initConnect.join('; ').replaceAll(/\s+/g, ' ')}`,
]

const RIGHTS = `select, insert, update, delete, create, drop, alter, index, create view, references, process, reload,
  create user, create temporary tables, lock tables`

/** A private server with the worst settings; its address uses an account that `init_connect` applies to. */
export async function startHostileServer(): ReturnType<typeof startPrivateServer> {
  const server = await startPrivateServer(options)
  await withConnection(server.url, 10_000, async (connection) => {
    await connection.query("create user 'tester'@'%' identified by 'a-password'")
    await connection.query("create user 'tester'@'localhost' identified by 'a-password'")
    for (const host of ['%', 'localhost'])
      await connection.query(`grant ${RIGHTS} on *.* to 'tester'@'${host}' with grant option`)
  })
  const url = new URL(server.url)
  url.username = 'tester'
  url.password = 'a-password'
  return {
    ...server,
    url: url.href.replace(/\/$/, ''),
    get pid() {
      return server.pid
    },
  }
}
