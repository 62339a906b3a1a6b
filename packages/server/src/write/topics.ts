import { createHash } from 'node:crypto'
import type { Change, ChangeEvent } from '@stockdb/contract/wire'

/** Takes an event; false if it takes no other one for now. */
export type Emit = (event: ChangeEvent) => boolean

/** A listener of a feed: a position, and never an event that waits for it. */
export interface Listener {
  readonly topic: Topic
  readonly emit: Emit
  /** Ends it with an error. */
  readonly fail: (error: unknown) => void
  /** The number of the last change that it got, or that is not for it; while it is up to date, the one at which it became so. */
  cursor: number
  /** Whether its changes are being read. */
  reading: boolean
  left: boolean
}

/** The listeners to the same symbols of a dataset. They get the same event, which is made and encoded once for all. */
export interface Topic {
  readonly key: string
  readonly dataset: string
  /** `undefined` means all. */
  readonly symbols: ReadonlySet<string> | undefined
  /** How many listeners there are, whether they are up to date or not. */
  size: number
  /** Those that got every change so far. */
  readonly upToDate: Set<Listener>
}

interface TopicsOfDataset {
  readonly byKey: Map<string, Topic>
  readonly bySymbol: Map<string, Set<Topic>>
}

/** Key of the topic for all symbols; no list of symbols has it. */
const ALL = ''

/**
 * Who listens to what. A change finds its topics through the symbols that it names, so that its cost depends on these and on the
 * events that it becomes, not on how many symbols each listener waits for.
 */
export class Topics {
  readonly #byDataset = new Map<string, TopicsOfDataset>()

  /** The topic of a new listener, who must {@link leave} it. */
  join(dataset: string, symbols: readonly string[] | undefined): Topic {
    const topics = this.#topicsOf(dataset)
    const key = keyOf(symbols)
    let topic = topics.byKey.get(key)
    if (!topic) {
      topic = { key, dataset, symbols: symbols && new Set(symbols), size: 0, upToDate: new Set() }
      topics.byKey.set(key, topic)
      for (const symbol of topic.symbols ?? []) {
        const others = topics.bySymbol.get(symbol)
        if (others) others.add(topic)
        else topics.bySymbol.set(symbol, new Set([topic]))
      }
    }
    topic.size++
    return topic
  }

  #topicsOf(dataset: string): TopicsOfDataset {
    const known = this.#byDataset.get(dataset)
    if (known) return known
    const topics: TopicsOfDataset = { byKey: new Map(), bySymbol: new Map() }
    this.#byDataset.set(dataset, topics)
    return topics
  }

  leave(topic: Topic): void {
    const topics = this.#byDataset.get(topic.dataset)
    if (!topics || --topic.size > 0) return
    topics.byKey.delete(topic.key)
    for (const symbol of topic.symbols ?? []) {
      const others = topics.bySymbol.get(symbol)
      others?.delete(topic)
      if (others?.size === 0) topics.bySymbol.delete(symbol)
    }
    if (topics.byKey.size === 0) this.#byDataset.delete(topic.dataset)
  }

  /** The event that a change is for each topic that it is about. */
  *eventsOf(change: Change): Generator<readonly [Topic, ChangeEvent], void, undefined> {
    const topics = this.#byDataset.get(change.dataset)
    if (!topics) return
    const whole: ChangeEvent = { ...change, complete: true }
    if (change.symbols === null) {
      for (const topic of topics.byKey.values()) yield [topic, whole]
      return
    }
    const all = topics.byKey.get(ALL)
    if (all) yield [all, whole]
    const named = new Map<Topic, string[]>()
    for (const symbol of change.symbols)
      for (const topic of topics.bySymbol.get(symbol) ?? []) {
        const symbols = named.get(topic)
        if (symbols) symbols.push(symbol)
        else named.set(topic, [symbol])
      }
    for (const [topic, symbols] of named) yield [topic, { ...whole, symbols }]
  }
}

/** The event that a change is for one topic; `undefined` if it is not about it. */
export function eventFor({ dataset, symbols: wanted }: Topic, change: Change): ChangeEvent | undefined {
  if (change.dataset !== dataset) return undefined
  if (!wanted || change.symbols === null) return { ...change, complete: true }
  const symbols = change.symbols.filter((symbol) => wanted.has(symbol))
  return symbols.length > 0 ? { ...change, symbols, complete: true } : undefined
}

/** The same for the same symbols in any order, and short however many they are. */
function keyOf(symbols: readonly string[] | undefined): string {
  if (!symbols) return ALL
  return createHash('sha256')
    .update(JSON.stringify([...new Set(symbols)].sort()))
    .digest('base64url')
}
