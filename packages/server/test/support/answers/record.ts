/**
 * Records answers of database servers for `replayed-answers.test.ts`, in `test/fixtures/answers`:
 * `node packages/server/test/support/answers/record.ts mysql://root@127.0.0.1:3306 …`. The accounts have no password.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createDatabase } from '@stockdb/testing/database'
import { createConnection } from 'mysql2/promise'
import { cases, tables } from './cases.ts'
import { RawSession } from './raw-session.ts'
import { FOLDER, type Recording, type Recordings } from './recordings.ts'

mkdirSync(FOLDER, { recursive: true })
for (const address of process.argv.slice(2)) {
  const { url, drop } = await createDatabase(address)
  const connection = await createConnection({ uri: url, timezone: 'Z' })
  await connection.query("set time_zone = '+00:00'")
  for (const statement of tables) await connection.query(statement)
  const [[version]] = (await connection.query('select version() as version')) as unknown as [[{ version: string }]]
  const isMariadb = version.version.includes('MariaDB')
  const server = `${isMariadb ? 'MariaDB' : 'MySQL'} ${/^\d+\.\d+/.exec(version.version)?.[0]}`
  const answers: Recording[] = []
  for (const deprecateEof of [false, true]) {
    for (const extendedMetadata of isMariadb ? [false, true] : [false]) {
      const session = await RawSession.open(new URL(url), { deprecateEof, extendedMetadata })
      await session.query(`use ${new URL(url).pathname.slice(1)}`)
      await session.query("set time_zone = '+00:00', character_set_results = utf8mb4")
      for (const { name, sql, asText } of cases) {
        for (const binary of [true, false]) {
          // The same rows in another dialogue say little more about texts.
          if (!binary && (asText === false || extendedMetadata)) continue
          const bytes = await (binary ? session.execute(sql) : session.query(sql))
          answers.push({ case: name, binary, deprecateEof, extendedMetadata, bytes: bytes.toString('base64') })
        }
      }
      session.close()
    }
  }
  await connection.end()
  await drop()
  const file = `${FOLDER}${server.toLowerCase().replace(' ', '-')}.json`
  writeFileSync(file, `${JSON.stringify({ server, answers } satisfies Recordings, null, 1)}\n`)
  console.log(`${file}: ${answers.length} answers`)
}
