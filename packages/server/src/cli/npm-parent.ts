import { readFileSync, readlinkSync } from 'node:fs'

/** A process, distinguished from a later one with the same id. */
export interface Watched {
  readonly pid: number
  readonly startedAt: string
}

interface ProcessState {
  readonly parent: number
  readonly startedAt: string
  /** Whether it has ended, and only its exit code is kept. */
  readonly ended: boolean
}

const SHELLS = /^((ba|da|a|z|k)?sh|busybox)$/

/** How often the process that started this one is looked at. */
const LOOK_EVERY_MS = 500

/**
 * The npm that started this program, by \`npx\`, \`npm exec\` or a script of a package, directly or by a shell. npm does not pass
 * signals on, so a server would outlive it. \`undefined\` where npm did not start it, and on systems without \`/proc\`.
 */
export function npmParent(pid = process.ppid): Watched | undefined {
  // npm says so to what it starts; anything else below it inherits it, so the process itself is looked at too.
  if (process.env.npm_execpath === undefined) return undefined
  for (let at = pid; at > 1; ) {
    const state = stateOf(at)
    if (!state || state.ended) return undefined
    if (isNpm(at)) return { pid: at, startedAt: state.startedAt }
    if (!SHELLS.test(nameOf(at))) return undefined
    at = state.parent
  }
  return undefined
}

/** Calls \`act\` once the process has ended. It keeps no process alive. */
export function whenEnded({ pid, startedAt }: Watched, act: () => void): void {
  const timer = setInterval(() => {
    const state = stateOf(pid)
    if (state && !state.ended && state.startedAt === startedAt) return
    clearInterval(timer)
    act()
  }, LOOK_EVERY_MS)
  timer.unref()
}

function stateOf(pid: number): ProcessState | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name stands in parentheses and may have any characters in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent = ''] = fields
  return { parent: Number(parent), startedAt: fields[19] ?? '', ended: 'ZX'.includes(state) }
}

/** npm's title is its command, such as \`npm exec stockdb serve\`. */
const isNpm = (pid: number): boolean =>
  /^(node\0|\S*\/node\0)?\S*\bnp[mx](-cli\.js)?[\0 ]/.test(read(`/proc/${pid}/cmdline`) ?? '')

const nameOf = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/^.*\//, '')
  } catch {
    return ''
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
