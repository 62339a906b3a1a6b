import { MessageHeader, slots } from '../format.ts'
import { type Message, malformed } from './message.ts'
import { rootOf } from './table.ts'

/** What a message of an Arrow IPC stream is, from any writer. */
export type MessageKind =
  | { readonly kind: 'schema' | 'batch' }
  /** A dictionary replaces the one with the same id, or adds to it. */
  | { readonly kind: 'dictionary'; readonly id: number; readonly adds: boolean }

/** Tells the kind of a message from its metadata. */
export function kindOf({ metadata }: Message): MessageKind {
  const root = rootOf(metadata)
  switch (root.int8(slots.message.headerType)) {
    case MessageHeader.Schema:
      return { kind: 'schema' }
    case MessageHeader.RecordBatch:
      return { kind: 'batch' }
    case MessageHeader.DictionaryBatch: {
      const content = root.table(slots.message.header)
      if (!content) throw malformed('a dictionary has no data')
      const { id, isDelta } = slots.dictionaryBatch
      return { kind: 'dictionary', id: content.int64(id), adds: content.int8(isDelta) === 1 }
    }
    default:
      throw malformed('a message is of an unknown kind')
  }
}
