import { spawn } from 'node:child_process'

export interface RunOptions {
  timeoutMs: number
  env?: NodeJS.ProcessEnv
  /** Called with the process group when the program starts, and with 0 when it has ended. */
  onGroup?: (processGroup: number) => void
}

const keptCharacters = 4_000

/**
 * Runs a program without standard input and returns the end of what it printed (the last 4,000 characters of both streams).
 * Throws if it cannot be started, exits with a code other than 0, or exceeds `timeoutMs`; the message has the last
 * lines of its output.
 */
export function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    // In its own process group: these programs are often shell scripts, and a timeout must end their children too.
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.env ?? process.env,
    })
    let output = ''
    let late = false
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-keptCharacters)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    if (child.pid !== undefined) options.onGroup?.(child.pid)
    const timer = setTimeout(() => {
      late = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, options.timeoutMs)
    child.on('error', (cause) => {
      clearTimeout(timer)
      reject(new Error(`${program} could not be started: ${cause.message}`, { cause }))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      options.onGroup?.(0)
      if (code === 0) return resolve(output)
      const how = late ? `did not finish within ${options.timeoutMs / 1000} s` : `ended with ${code ?? signal}`
      reject(new Error(`${program} ${how}: ${lastLines(output)}`))
    })
  })
}

/** The last three lines that name an error, or else the last three that say something, joined to one. */
export function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const errors = lines.filter((line) => /error|^E:/i.test(line))
  return (errors.length > 0 ? errors : lines).slice(-3).join(' | ') || '(no output)'
}
