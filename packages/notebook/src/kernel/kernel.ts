import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Cell } from '../document/cells.ts'
import type { CellResult, Output } from '../document/output.ts'
import type { KernelMessage, RunCell } from './messages.ts'

/** Runs as source in tests, and built elsewhere. */
const CHILD = fileURLToPath(import.meta.resolve(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js'))
const START_TIMEOUT_MS = 30_000
/** Text of one cell beyond this is dropped, and the output says so. */
const MAX_TEXT = 1_000_000

/** A process that runs cells one after the other and keeps their variables. */
export class Kernel {
  readonly #child: ChildProcess
  readonly #cellTimeoutMs: number
  #receive: (message: KernelMessage) => void = () => {}
  #printed: (text: string) => void = () => {}
  #ended: (reason: string) => void = () => {}
  #endedBecause: string | undefined

  private constructor(child: ChildProcess, cellTimeoutMs: number) {
    this.#child = child
    this.#cellTimeoutMs = cellTimeoutMs
    child.on('message', (message: KernelMessage) => this.#receive(message))
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#printed(text))
    child.on('exit', (code, signal) => {
      this.#endedBecause ??= `the process of the notebook ended (${signal ?? `exit code ${code}`})`
      this.#ended(this.#endedBecause)
    })
  }

  /** Starts a kernel for a notebook; its imports are resolved from the notebook's folder. */
  static async start(file: string, cellTimeoutMs: number): Promise<Kernel> {
    const child = fork(CHILD, [file], {
      execArgv: ['--enable-source-maps', '--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const kernel = new Kernel(child, cellTimeoutMs)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        kernel.stop()
        reject(new Error('cannot start the process of the notebook: no answer in time'))
      }, START_TIMEOUT_MS)
      kernel.#receive = () => {
        clearTimeout(timer)
        resolve()
      }
      kernel.#ended = (reason) => {
        clearTimeout(timer)
        reject(new Error(reason))
      }
    })
    return kernel
  }

  /** Runs a cell. It fails if it throws, ends the process, or takes too long. */
  run({ source, line }: Cell): Promise<CellResult> {
    const start = performance.now()
    const outputs: Output[] = []
    let length = 0
    const add = (output: Output): void => {
      if (output.kind === 'text') {
        if (length > MAX_TEXT) return
        length += output.text.length
        if (length > MAX_TEXT) return void outputs.push({ kind: 'error', text: 'more text than a report can hold' })
        const last = outputs.at(-1)
        if (last?.kind === 'text') {
          outputs[outputs.length - 1] = { kind: 'text', text: last.text + output.text }
          return
        }
      }
      outputs.push(output)
    }
    return new Promise((resolve) => {
      const end = (status: CellResult['status'], ms: number): void => {
        clearTimeout(timer)
        this.#receive = () => {}
        this.#ended = () => {}
        resolve({ status, outputs, ms })
      }
      const fail = (text: string): void => {
        add({ kind: 'error', text })
        end('failed', performance.now() - start)
      }
      const timer = setTimeout(() => {
        this.#endedBecause = `the cell took longer than ${this.#cellTimeoutMs / 1_000} s`
        this.stop()
      }, this.#cellTimeoutMs)
      this.#receive = (message) => {
        if (message.kind === 'output') add(message.output)
        else if (message.kind === 'end') end(message.status, message.ms)
      }
      this.#printed = (text) => add({ kind: 'text', text })
      this.#ended = fail
      if (this.#endedBecause !== undefined) return fail(this.#endedBecause)
      this.#child.send({ source, line } satisfies RunCell)
    })
  }

  /** Whether it can run more cells. */
  get alive(): boolean {
    return this.#endedBecause === undefined
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }
}
