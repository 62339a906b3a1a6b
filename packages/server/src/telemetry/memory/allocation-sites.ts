import type { HeapProfiler, Runtime } from 'node:inspector'
import type { AllocationSite } from '@stockdb/contract/wire'
import { functionKey, isOwnCode } from './call-frames.ts'
import type { SourceLines } from './source-lines.ts'
import type { WorkShares } from './work-shares.ts'

/** How many sites are reported. */
const TOP = 15
/** How many functions of a stack are reported. */
const STACK = 10

interface Site {
  readonly frame: Runtime.CallFrame
  bytes: number
  /** The stack that allocated most, starting at the leaf. */
  stack: readonly Runtime.CallFrame[]
  stackBytes: number
}

/**
 * The places that allocated most. Allocations by an installed package or Node are attributed to our function that
 * called it, if any; the profiler's own are left out.
 */
export function allocationSites(
  profile: HeapProfiler.SamplingHeapProfile,
  shares: WorkShares,
  lines: SourceLines,
): AllocationSite[] {
  const sites = new Map<string, Site>()
  collect(profile.head, [], sites)
  return [...sites.values()]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, TOP)
    .map(({ frame, bytes, stack }) => {
      const source = lines.find(frame.url, frame.lineNumber, frame.columnNumber)
      const busiest = shares.busiestLine(frame)
      return {
        function: frame.functionName || '(anonymous)',
        ...source,
        busiestLine: busiest === undefined ? null : lines.find(frame.url, busiest - 1, 0).line,
        bytes,
        procedures: shares.of(stack),
        stack: stack.slice(0, STACK).map((each) => describe(each, lines)),
      }
    })
}

/** Descends the tree with `above`, the frames above a node, nearest first. */
function collect(
  { callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode,
  above: readonly Runtime.CallFrame[],
  sites: Map<string, Site>,
): void {
  const stack = callFrame.url === '' ? above : [callFrame, ...above]
  if (selfSize > 0 && stack.length > 0 && !stack.some(isWatching)) {
    const frame = stack.find(isOwnCode) ?? (stack[0] as Runtime.CallFrame)
    const site = sites.get(functionKey(frame)) ?? { frame, bytes: 0, stack, stackBytes: 0 }
    site.bytes += selfSize
    if (selfSize > site.stackBytes) {
      site.stack = stack
      site.stackBytes = selfSize
    }
    sites.set(functionKey(frame), site)
  }
  for (const child of children) collect(child, stack, sites)
}

/** The folder of this file, whose own allocations are ignored. */
const WATCHING = new URL('.', import.meta.url).href

function isWatching({ url }: Runtime.CallFrame): boolean {
  return url.startsWith(WATCHING) || url === 'node:internal/async_hooks'
}

function describe(frame: Runtime.CallFrame, lines: SourceLines): string {
  const { file, line } = lines.find(frame.url, frame.lineNumber, frame.columnNumber)
  return `${frame.functionName || '(anonymous)'} ${file}:${line}`
}
