import { StockdbError } from '@stockdb/contract/wire'
import { Command } from 'commander'
import { version } from '../version.ts'
import { demoCommand } from './demo.ts'
import { grantsCommand } from './grants.ts'
import { importCommand } from './import.ts'
import { introspectCommand } from './introspect.ts'
import { memoryCommand } from './memory.ts'
import { migrateCommand } from './migrate.ts'
import { serveCommand } from './serve.ts'
import { tokenCommand } from './token.ts'

/** Runs the command line; sets the exit code to 1 and says why on standard error when a command fails. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('stockdb')
    .description('A typed way from a stock database to the strategies that live on it.')
    .version(version)
    .showHelpAfterError('(--help says what is accepted)')
  for (const command of [
    serveCommand(),
    migrateCommand(),
    importCommand(),
    introspectCommand(),
    demoCommand(),
    tokenCommand(),
    grantsCommand(),
    memoryCommand(),
  ]) {
    program.addCommand(command.copyInheritedSettings(program))
  }
  // A reader that leaves (`| head`) ends nothing: the command goes on, and its exit code says how that went.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe)
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    process.stderr.write(`stockdb: ${explain(error)}\n`)
    process.exitCode = 1
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function explain(error: unknown): string {
  if (error instanceof StockdbError) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `the port is taken: ${message}; choose another with --port`
  return message ?? String(error)
}
