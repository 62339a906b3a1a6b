import { StockdbError } from '../../errors.ts'
import type { FieldTypeName } from '../../fields.ts'
import { fieldTypes } from '../../fields.ts'
import { WIRE_VERSION, WIRE_VERSION_KEY } from '../../wire.ts'
import type { FrameField } from '../batch.ts'
import { metadataKeys, slots } from './format.ts'
import { malformed } from './malformed.ts'
import type { Table } from './table.ts'

/** Schemas read so far, by their bytes: answers of one shape have the same, and reading it takes longer than a short answer. */
const schemas = new Map<string, readonly FrameField[]>()
const SCHEMAS = 256
const latin1 = new TextDecoder('latin1')

/** The fields of a schema message, by its metadata and the schema in it; throws `WIRE_MISMATCH` for another wire version. */
export function fieldsOf(metadata: Uint8Array, schema: Table): readonly FrameField[] {
  const key = latin1.decode(metadata)
  const known = schemas.get(key)
  if (known) return known
  const fields = readFields(schema)
  if (schemas.size >= SCHEMAS) schemas.clear()
  schemas.set(key, fields)
  return fields
}

function readFields(schema: Table): readonly FrameField[] {
  const metadata = schema.metadata(slots.schema.metadata)
  const version = metadata.get(WIRE_VERSION_KEY)
  if (version !== String(WIRE_VERSION)) {
    throw new StockdbError(
      'WIRE_MISMATCH',
      `the answer is of wire version ${version ?? 'unknown'}, this client reads ${WIRE_VERSION}; use the same version of client and server`,
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
