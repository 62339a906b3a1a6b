import { malformed } from './malformed.ts'

/** Three bytes of length, one of place. */
const HEADER_BYTES = 4
/** A packet of this length is continued by the next one. */
const FULL_BYTES = 0xff_ff_ff
const NOTHING = Buffer.alloc(0)

/**
 * Takes the payload of a packet, between two places of `buffer`; `view` is on the whole memory of it, and all of it is good
 * until the call returns. Returns false to be given no further packet for now.
 */
export type OnPacket = (buffer: Buffer, view: DataView, start: number, end: number) => boolean

/**
 * Cuts what arrives on a connection into packets, and checks that each has the number after the one before. A packet that
 * arrived whole is read where it is; only what is left of what arrived is copied, whose memory is its giver's.
 */
export class PacketReader {
  readonly #onPacket: OnPacket
  /** The command had the number 0. */
  #number = 1
  #view: DataView<ArrayBufferLike> = new DataView(NOTHING.buffer)
  /** The header and what there is of a packet that was cut, with room for all of it once its header is known. */
  #cut: Buffer = NOTHING
  #cutBytes = 0
  /** Payloads of full packets that the next one continues. */
  #parts: Buffer[] = []
  /** What arrived behind the packet after which none was wanted. */
  #kept: Buffer = NOTHING
  #paused = false

  constructor(onPacket: OnPacket) {
    this.#onPacket = onPacket
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Whether there are bytes that were not handed over: part of a packet, or what is kept. */
  get pending(): boolean {
    return this.#cutBytes > 0 || this.#kept.length > 0 || this.#parts.length > 0
  }

  feed(chunk: Buffer): void {
    if (this.#paused) {
      this.#kept = Buffer.concat([this.#kept, chunk])
      return
    }
    const at = this.#cutBytes > 0 ? this.#complete(chunk) : 0
    if (at < chunk.length) this.#walk(chunk, at)
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    const kept = this.#kept
    this.#kept = NOTHING
    if (kept.length > 0) this.feed(kept)
  }

  /** Hands over all packets that are whole from a place on, and begins with the one that is not. */
  #walk(chunk: Buffer, from: number): void {
    this.#lookAt(chunk)
    let at = from
    while (!this.#paused && chunk.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + lengthAt(chunk, at)
      if (end > chunk.length) break
      this.#hand(chunk, at, end)
      at = end
    }
    if (at === chunk.length) return
    if (this.#paused) this.#kept = Buffer.from(chunk.subarray(at))
    else this.#begin(chunk, at)
  }

  #begin(chunk: Buffer, at: number): void {
    const there = chunk.length - at
    this.#cut = Buffer.allocUnsafe(there < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + lengthAt(chunk, at))
    this.#cutBytes = chunk.copy(this.#cut, 0, at)
  }

  /** Adds to the packet that was cut, and hands it over once it is whole; returns where the next one begins. */
  #complete(chunk: Buffer): number {
    let at = 0
    if (this.#cutBytes < HEADER_BYTES) {
      at = this.#add(chunk, 0, HEADER_BYTES)
      if (this.#cutBytes < HEADER_BYTES) return at
      const whole = Buffer.allocUnsafe(HEADER_BYTES + lengthAt(this.#cut, 0))
      this.#cut.copy(whole, 0, 0, HEADER_BYTES)
      this.#cut = whole
    }
    at = this.#add(chunk, at, this.#cut.length)
    if (this.#cutBytes < this.#cut.length) return at
    const whole = this.#cut
    this.#cut = NOTHING
    this.#cutBytes = 0
    this.#lookAt(whole)
    this.#hand(whole, 0, whole.length)
    if (!this.#paused) return at
    this.#kept = Buffer.from(chunk.subarray(at))
    return chunk.length
  }

  #add(chunk: Buffer, at: number, upTo: number): number {
    const copied = chunk.copy(this.#cut, this.#cutBytes, at, at + upTo - this.#cutBytes)
    this.#cutBytes += copied
    return at + copied
  }

  #hand(buffer: Buffer, header: number, end: number): void {
    const number = buffer[header + 3] as number
    if (number !== this.#number) throw malformed(`expected packet ${this.#number}, got ${number}`)
    this.#number = (number + 1) & 0xff
    const start = header + HEADER_BYTES
    if (end - start === FULL_BYTES || this.#parts.length > 0) this.#join(buffer, start, end)
    else this.#paused = !this.#onPacket(buffer, this.#view, start, end)
  }

  #join(buffer: Buffer, start: number, end: number): void {
    this.#parts.push(Buffer.from(buffer.subarray(start, end)))
    if (end - start === FULL_BYTES) return
    const whole = Buffer.concat(this.#parts)
    this.#parts = []
    const before = this.#view
    this.#lookAt(whole)
    this.#paused = !this.#onPacket(whole, this.#view, 0, whole.length)
    this.#view = before
  }

  #lookAt({ buffer }: Buffer): void {
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer)
  }
}

const lengthAt = (buffer: Buffer, at: number): number =>
  (buffer[at] as number) | ((buffer[at + 1] as number) << 8) | ((buffer[at + 2] as number) << 16)
