import type { Command } from 'commander'
import { stockdbProgram } from '../../src/cli/main.ts'

/** How a command line ended in this process. */
export interface ParsedCommand {
  /** Of an error of the command: 1, or the code of commander. */
  readonly code: number
  readonly stdout: string
  /** What commander printed, or else the message of the error. */
  readonly stderr: string
}

/**
 * Parses and runs a command line in this process, which takes a hundredth of the time of the program: for mistakes in arguments,
 * before a command does anything.
 */
export async function parseHere(args: readonly string[]): Promise<ParsedCommand> {
  const texts = { stdout: '', stderr: '' }
  const program = stockdbProgram()
  const listen = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: (text) => {
        texts.stdout += text
      },
      writeErr: (text) => {
        texts.stderr += text
      },
    })
    command.commands.forEach(listen)
  }
  listen(program)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return { code: 0, ...texts }
  } catch (error) {
    const { exitCode = 1, message } = error as Error & { exitCode?: number }
    return { code: exitCode, stdout: texts.stdout, stderr: exitCode === 0 ? texts.stderr : texts.stderr || message }
  }
}
