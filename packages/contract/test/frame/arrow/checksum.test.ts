import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Checksum } from '../../../src/frame/arrow/checksum.ts'

const digitsOf = (...parts: Uint8Array[]): string => {
  const checksum = new Checksum()
  for (const part of parts) checksum.add(part)
  return checksum.digits()
}

/** Bytes, padded with zeros to a multiple of 8. */
const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(Math.ceil(bytes.length / 8) * 8)
  whole.set(bytes)
  return whole
}

describe('the checksum', () => {
  it('is the same for a body and for its separate buffers, wherever they are in memory', () => {
    const anyBuffers = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 })
    fc.assert(
      fc.property(anyBuffers, fc.nat(7), (buffers, shift) => {
        const body = new Uint8Array(Buffer.concat(buffers.map(padded)))
        const moved = new Uint8Array(shift + body.length)
        moved.set(body, shift)
        expect(digitsOf(...buffers)).toBe(digitsOf(moved.subarray(shift)))
      }),
    )
  })

  it('changes with any bit', () => {
    const bytes = Uint8Array.from({ length: 64 }, (_, index) => index * 37)
    const seen = new Set([digitsOf(bytes)])
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = bytes.slice()
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      seen.add(digitsOf(other))
    }
    expect(seen.size).toBe(1 + 64 * 8)
  })

  it('changes if two doubles change sign, or zeros are appended', () => {
    const doubles = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    const changed = doubles.map((value, index) => (index === 0 || index === 2 ? -value : value))
    const bytesOf = ({ buffer }: Float64Array): Uint8Array => new Uint8Array(buffer)
    expect(digitsOf(bytesOf(changed as Float64Array))).not.toBe(digitsOf(bytesOf(doubles)))
    expect(digitsOf(bytesOf(doubles), new Uint8Array(8))).not.toBe(digitsOf(bytesOf(doubles)))
  })
})
