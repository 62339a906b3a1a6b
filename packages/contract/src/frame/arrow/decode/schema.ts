import { StockdbError } from '../../../errors.ts'
import type { FieldTypeName } from '../../../field-types.ts'
import { fieldTypes } from '../../../field-types.ts'
import { WIRE_VERSION, WIRE_VERSION_KEY } from '../../../protocol.ts'
import type { FrameField } from '../../batch.ts'
import { metadataKeys, slots } from '../format.ts'
import { malformed } from './message.ts'
import type { Table } from './table.ts'

/** A decoded schema. */
interface Known {
  readonly metadata: Uint8Array
  readonly fields: readonly FrameField[]
}

/** Cached schemas, by length: answers of one shape share theirs, and decoding it takes longer than a short answer. */
const known = new Map<number, Known[]>()
const SCHEMAS_OF_A_LENGTH = 8
/** Maximum bytes of cached metadata; the fields take about as much again. The cache is cleared when full. */
const KNOWN_BYTES = 2 * 2 ** 20
let knownBytes = 0

/** The fields of a schema message, by its metadata and the schema in it; throws `WIRE_MISMATCH` for another wire version. */
export function fieldsOf(metadata: Uint8Array, schema: Table): readonly FrameField[] {
  const candidates = known.get(metadata.length) ?? []
  const found = candidates.find((one) => sameBytes(one.metadata, metadata))
  if (found) return found.fields
  const fields = readFields(schema)
  knownBytes += metadata.length
  if (knownBytes > KNOWN_BYTES) {
    known.clear()
    knownBytes = metadata.length
  }
  // Copied, because the message may be a view into a complete answer.
  known.set(metadata.length, [{ metadata: metadata.slice(), fields }, ...candidates].slice(0, SCHEMAS_OF_A_LENGTH))
  return fields
}

/** Compares metadata of equal length, which a message pads to a multiple of 8. */
function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.byteOffset % 4 !== 0 || other.byteOffset % 4 !== 0) return one.every((byte, at) => byte === other[at])
  const words = new Int32Array(one.buffer, one.byteOffset, one.length >> 2)
  const others = new Int32Array(other.buffer, other.byteOffset, other.length >> 2)
  for (let at = 0; at < words.length; at++) if (words[at] !== others[at]) return false
  return true
}

function readFields(schema: Table): readonly FrameField[] {
  const metadata = schema.metadata(slots.schema.metadata)
  const version = metadata.get(WIRE_VERSION_KEY)
  if (version !== String(WIRE_VERSION)) {
    throw new StockdbError(
      'WIRE_MISMATCH',
      `the answer has wire version ${version ?? 'unknown'}, this client reads ${WIRE_VERSION}; use the same version of client and server`,
    )
  }
  return schema.tables(slots.schema.fields).map((field): FrameField => {
    const own = field.metadata(slots.field.metadata)
    const type = own.get(metadataKeys.fieldType) ?? ''
    if (!Object.hasOwn(fieldTypes, type)) throw malformed(`a field has the unknown type ${type}`)
    const unit = own.get(metadataKeys.unit)
    return {
      name: field.string(slots.field.name),
      type: type as FieldTypeName,
      nullable: field.int8(slots.field.nullable) === 1,
      ...(unit === undefined ? {} : { unit }),
    }
  })
}
