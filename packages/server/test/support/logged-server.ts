import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import type { StoreMaker } from './stores.ts'

/** A server of its own that tells of its commits, of which all are those of the test. */
export const loggedMaker: StoreMaker = {
  engine: 'a server with a log',
  open: async () => {
    const gtids = ['--loose-gtid-mode=ON', '--loose-enforce-gtid-consistency=ON']
    const server = await startPrivateServer(['--log-bin=log', '--server-id=1', ...gtids])
    const { url, drop } = await createDatabase(server.url)
    return {
      address: url,
      drop: async () => {
        await drop()
        await server.stop()
      },
    }
  },
}
