import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Commit, CommitListener } from '../engine/engine.ts'
import type { SharedCounts } from './shared-counts.ts'

const CHANNEL = 'stockdb commits'

/**
 * Notifies the workers of a server of what the others committed. A message is sent before the commit is counted, and the count is looked
 * at before each call: so a call that arrives after a write was answered knows of it, wherever it was written.
 */
export class CommitExchange {
  readonly #counts: SharedCounts
  readonly #channel: BroadcastChannel
  #caughtUp: number
  #listener: CommitListener = () => {}

  constructor(counts: SharedCounts) {
    this.#counts = counts
    this.#channel = new BroadcastChannel(CHANNEL)
    this.#caughtUp = counts.commits
    this.#channel.onmessage = (event) => this.#listener((event as MessageEvent).data as Commit)
    this.#channel.unref()
  }

  /** Calls `listener` with each commit of another worker. */
  listen(listener: CommitListener): void {
    this.#listener = listener
  }

  publish(commit: Commit): void {
    this.#channel.postMessage(commit)
    this.#counts.committed()
  }

  /** Notifies the listener of everything that was committed so far. */
  catchUp(): void {
    const { commits } = this.#counts
    if (commits === this.#caughtUp) return
    this.#caughtUp = commits
    for (let event = this.#next(); event; event = this.#next()) this.#listener(event.message as Commit)
  }

  #next(): { readonly message: unknown } | undefined {
    // Node takes a channel as well; its types only know ports.
    return receiveMessageOnPort(this.#channel as unknown as MessagePort)
  }

  close(): void {
    this.#channel.close()
  }
}
