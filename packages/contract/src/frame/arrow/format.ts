/**
 * The parts of the Arrow IPC format that frames use: field numbers of its FlatBuffers tables, and how messages are
 * framed. Source: the Arrow columnar format, version 1.5, `Message.fbs` and `Schema.fbs`.
 */

/** Precedes the length of every message. */
export const CONTINUATION = 0xffffffff
const ALIGNMENT = 8
/** MetadataVersion V5. */
export const METADATA_V5 = 4

export const MessageHeader = { Schema: 1, DictionaryBatch: 2, RecordBatch: 3 } as const

export const TypeId = { Int: 2, FloatingPoint: 3, Utf8: 5, Bool: 6, Date: 8, Timestamp: 10 } as const

/** Slots of the tables, in the order of their declaration. */
export const slots = {
  message: { count: 5, version: 0, headerType: 1, header: 2, bodyLength: 3, metadata: 4 },
  schema: { count: 4, endianness: 0, fields: 1, metadata: 2 },
  field: { count: 7, name: 0, nullable: 1, typeType: 2, type: 3, dictionary: 4, children: 5, metadata: 6 },
  dictionaryEncoding: { count: 4, id: 0, indexType: 1 },
  dictionaryBatch: { count: 3, id: 0, data: 1, isDelta: 2 },
  recordBatch: { count: 5, length: 0, nodes: 1, buffers: 2 },
  keyValue: { count: 2, key: 0, value: 1 },
  int: { count: 2, bitWidth: 0, signed: 1 },
  floatingPoint: { count: 1, precision: 0 },
  date: { count: 1, unit: 0 },
  timestamp: { count: 2, unit: 0 },
} as const

export const PRECISION_DOUBLE = 2
export const DATE_UNIT_DAY = 0
export const TIME_UNIT_MILLISECOND = 1

/** Metadata keys of schemas and batches. */
export const metadataKeys = {
  /** On the first batch: {@link HeaderMeta} as JSON. Not on the schema, so that all answers of one shape share theirs. */
  header: 'stockdb.head',
  /** On the last batch of a complete answer: {@link FrameTrailer} as JSON. */
  trailer: 'stockdb.tail',
  /** On the last batch of an aborted answer: {@link ErrorBody} as JSON. */
  error: 'stockdb.error',
  /**
   * On every batch: the {@link Checksum} of all messages up to and including this one, with zeros in place of the
   * checksum. It covers bodies and metadata, including header, trailer and dictionaries.
   */
  checksum: 'stockdb.checksum',
  /** On a field of the schema: its type in the catalogue. */
  fieldType: 'stockdb.type',
  unit: 'stockdb.unit',
} as const

export const padded = (length: number): number => (length + ALIGNMENT - 1) & ~(ALIGNMENT - 1)
