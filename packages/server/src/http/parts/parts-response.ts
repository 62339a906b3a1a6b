import type { ServerResponse } from 'node:http'
import { FRAME_PARTS, type PartKind, partOf } from '@stockdb/contract/wire'
import type { Call } from '../call.ts'
import type { MemberCall } from './member-call.ts'

/**
 * How long an answer waits for those to the other calls of its request: as long as it took itself, within these limits. Callers who get
 * theirs together also make their next calls together, so that several calls share the cost of a request again. Those that were once
 * separated meet again only by chance.
 */
const [MIN_WAIT_MS, MAX_WAIT_MS] = [1, 10]

/** Writes the answers to several calls, those that are ready at the same time together. */
export class PartsResponse {
  readonly #res: ServerResponse
  readonly #request: Call
  /** Calls whose answers were not taken by the system yet. */
  readonly #open = new Set<MemberCall>()
  #waiting: Uint8Array[] = []
  #waitingMembers: MemberCall[] = []
  #left: number

  /** `calls` is the number of answers. */
  constructor(res: ServerResponse, request: Call, calls: number) {
    this.#res = res
    this.#request = request
    this.#left = calls
    // Later than the request's own listener, which says why.
    res.on('close', () => {
      for (const member of this.#open) member.end(request.outcome === 'ok' ? member.outcome : request.outcome)
    })
  }

  /** A call has begun; it ends when its answer was taken, or with the response. */
  begin(member: MemberCall): void {
    this.#open.add(member)
  }

  /** Answers one call, which has begun unless it was refused. The content is copied. */
  add(index: number, kind: PartKind, content: readonly Uint8Array[], member?: MemberCall): void {
    const part = Buffer.concat(partOf(index, kind, content))
    member?.answered(part.length)
    this.#waiting.push(part)
    if (member) this.#waitingMembers.push(member)
    this.#left--
    if (this.#left === 0) this.#write()
    else if (this.#waiting.length === 1) setTimeout(() => this.#write(), this.#waitMs)
  }

  get #waitMs(): number {
    const tookMs = performance.now() - this.#request.startedAt
    return Math.min(Math.max(tookMs, MIN_WAIT_MS), MAX_WAIT_MS)
  }

  #write(): void {
    if (this.#waiting.length === 0) return
    const [members, parts] = [this.#waitingMembers, this.#waiting]
    this.#waitingMembers = []
    this.#waiting = []
    const res = this.#res
    if (res.destroyed) return
    const written = (error?: Error | null): void => {
      // What was not written ends with the response.
      if (error) return
      for (const member of members) {
        this.#open.delete(member)
        member.end()
      }
    }
    const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
    if (!res.headersSent) res.setHeader('content-type', FRAME_PARTS)
    if (this.#left === 0) res.end(bytes, written)
    else res.write(bytes, written)
  }
}
