import { StockdbError } from '@stockdb/contract/wire'
import { Command } from 'commander'
import { version } from '../version.ts'
import { readAddressFiles } from './address-files.ts'
import { cacheCommand } from './cache.ts'
import { demoCommand } from './demo.ts'
import { grantsCommand } from './grants.ts'
import { importCommand } from './import.ts'
import { initCommand } from './init.ts'
import { introspectCommand } from './introspect.ts'
import { memoryCommand } from './memory.ts'
import { migrateCommand } from './migrate.ts'
import { notebookCommand } from './notebook.ts'
import { withoutPassword } from './options.ts'
import { serveCommand } from './serve.ts'
import { tokenCommand } from './token.ts'

/** The command line with all its commands. */
export function stockdbProgram(): Command {
  const program = new Command('stockdb')
    .description('Typed, streaming access to your stock database from TypeScript.')
    .version(version)
    .showHelpAfterError('(see --help)')
  for (const command of [
    initCommand(),
    serveCommand(),
    migrateCommand(),
    importCommand(),
    introspectCommand(),
    demoCommand(),
    tokenCommand(),
    grantsCommand(),
    memoryCommand(),
    cacheCommand(),
    notebookCommand(),
  ]) {
    program.addCommand(command.copyInheritedSettings(program))
  }
  return program
}

/** Runs the command line. If a command fails, sets the exit code to 1 and says why on standard error. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = stockdbProgram()
  // Nothing that happens to the output ends a command half way; its exit code says how it went.
  process.stdout.on('error', onLostOutput).once('error', sayLostOutput)
  process.stderr.on('error', () => {})
  hidePasswords(argv)
  try {
    readAddressFiles(process.env)
    await program.parseAsync([...argv])
  } catch (error) {
    process.stderr.write(`stockdb: ${explain(error)}\n`)
    process.exitCode = 1
  }
}

/** Other users of the machine see the arguments of every process. */
function hidePasswords(argv: readonly string[]): void {
  const args = argv.slice(2)
  const safe = args.map((arg) =>
    arg.replace(/^(--[a-z-]+=)?(.*)$/s, (_, option = '', value = '') => option + withoutPassword(value)),
  )
  if (safe.some((arg, at) => arg !== args[at])) process.title = ['stockdb', ...safe].join(' ')
}

/** A reader that leaves (`| head`) has what it wants; on a full disk, what was printed is missing. */
function onLostOutput({ code }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') process.exitCode = 1
}

function sayLostOutput({ code }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') process.stderr.write(`stockdb: cannot write to standard output (${code})\n`)
}

function explain(error: unknown): string {
  if (error instanceof StockdbError) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `the port is in use: ${message}; choose another with --port`
  return message ?? String(error)
}
