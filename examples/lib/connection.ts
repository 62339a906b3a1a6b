import { type Client, connect, StockdbError, type Tushare, UnavailableError } from '@stockdb/client'

const DEFAULT_URL = 'http://127.0.0.1:7788'

/** Connects to the server at the first argument, else at `STOCKDB_URL`, else where `npm start` listens. */
export async function connectToServer(): Promise<Client<Tushare>> {
  process.on('uncaughtException', explain)
  const url = process.argv[2] ?? process.env.STOCKDB_URL ?? DEFAULT_URL
  try {
    return await connect(url, { token: process.env.STOCKDB_TOKEN })
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    return giveUp(
      `${error.message}\nStart a server with "npm start", or name another address as the first argument or in STOCKDB_URL.`,
    )
  }
}

/** Ends the program with a message instead of a stack: what is missing is not a fault of the code. */
export function giveUp(message: string): never {
  console.error(message)
  process.exit(1)
}

/** An error of the client or the server says in its message what to do; below a stack nobody would read it. */
function explain(error: unknown): void {
  if (error instanceof StockdbError) giveUp(`${error.code}: ${error.message}`)
  console.error(error)
  process.exit(1)
}
