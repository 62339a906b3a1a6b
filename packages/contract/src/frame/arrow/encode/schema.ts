import type { Builder } from 'flatbuffers'
import type { FieldTypeName } from '../../../field-types.ts'
import { WIRE_VERSION, WIRE_VERSION_KEY } from '../../../protocol.ts'
import type { FrameField } from '../../batch.ts'
import * as format from '../format.ts'
import { frameMessage, messageBuilder, offsetVector, writeMetadata } from './message.ts'

const { slots, MessageHeader, TypeId, metadataKeys } = format

/** Cached schemas by their array of fields, which repeated answers share. */
const schemas = new WeakMap<readonly FrameField[], Uint8Array>()

/** The schema message of a stream with these fields. */
export function schemaOf(fields: readonly FrameField[]): Uint8Array {
  let schema = schemas.get(fields)
  if (!schema) {
    schema = writeSchema(fields)
    schemas.set(fields, schema)
  }
  return schema
}

function writeSchema(fields: readonly FrameField[]): Uint8Array {
  const builder = messageBuilder()
  const offsets = fields.map((field, index) => writeField(builder, field, index))
  const fieldVector = offsetVector(builder, offsets)
  const metadata = writeMetadata(builder, { [WIRE_VERSION_KEY]: String(WIRE_VERSION) })
  builder.startObject(slots.schema.count)
  builder.addFieldOffset(slots.schema.fields, fieldVector, 0)
  builder.addFieldOffset(slots.schema.metadata, metadata, 0)
  return frameMessage(builder, MessageHeader.Schema, builder.endObject(), 0)
}

function writeField(builder: Builder, field: FrameField, id: number): number {
  const name = builder.createString(field.name)
  const metadata = writeMetadata(builder, {
    [metadataKeys.fieldType]: field.type,
    ...(field.unit === undefined ? {} : { [metadataKeys.unit]: field.unit }),
  })
  const children = offsetVector(builder, [])
  const dictionary = field.type === 'symbol' ? writeDictionaryEncoding(builder, id) : 0
  const [typeId, type] = writeType(builder, field.type)
  builder.startObject(slots.field.count)
  builder.addFieldOffset(slots.field.name, name, 0)
  builder.addFieldInt8(slots.field.nullable, field.nullable ? 1 : 0, 0)
  builder.addFieldInt8(slots.field.typeType, typeId, 0)
  builder.addFieldOffset(slots.field.type, type, 0)
  builder.addFieldOffset(slots.field.dictionary, dictionary, 0)
  builder.addFieldOffset(slots.field.children, children, 0)
  builder.addFieldOffset(slots.field.metadata, metadata, 0)
  return builder.endObject()
}

function writeDictionaryEncoding(builder: Builder, id: number): number {
  const indexType = writeInt(builder, 32)
  builder.startObject(slots.dictionaryEncoding.count)
  // Written even when it is zero, the default: some readers treat a missing value as "no dictionary".
  builder.addFieldInt64(slots.dictionaryEncoding.id, BigInt(id), -1n)
  builder.addFieldOffset(slots.dictionaryEncoding.indexType, indexType, 0)
  return builder.endObject()
}

function writeInt(builder: Builder, bitWidth: number): number {
  builder.startObject(slots.int.count)
  builder.addFieldInt32(slots.int.bitWidth, bitWidth, 0)
  builder.addFieldInt8(slots.int.signed, 1, 0)
  return builder.endObject()
}

/** An Arrow type: its number in the union, and its table. */
function writeType(builder: Builder, type: FieldTypeName): readonly [number, number] {
  const table = (count: number, write?: () => void): number => {
    builder.startObject(count)
    write?.()
    return builder.endObject()
  }
  switch (type) {
    case 'float64':
      return [
        TypeId.FloatingPoint,
        table(slots.floatingPoint.count, () =>
          builder.addFieldInt16(slots.floatingPoint.precision, format.PRECISION_DOUBLE, 0),
        ),
      ]
    case 'int32':
      return [TypeId.Int, writeInt(builder, 32)]
    case 'int64':
      return [TypeId.Int, writeInt(builder, 64)]
    case 'bool':
      return [TypeId.Bool, table(0)]
    case 'date':
      // MILLISECOND, 1, is the default that a missing value would stand for.
      return [
        TypeId.Date,
        table(slots.date.count, () => builder.addFieldInt16(slots.date.unit, format.DATE_UNIT_DAY, 1)),
      ]
    case 'datetime':
      return [
        TypeId.Timestamp,
        table(slots.timestamp.count, () =>
          builder.addFieldInt16(slots.timestamp.unit, format.TIME_UNIT_MILLISECOND, 0),
        ),
      ]
    case 'text':
    case 'symbol':
      return [TypeId.Utf8, table(0)]
  }
}
