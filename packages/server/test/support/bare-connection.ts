import { connect, type Socket } from 'node:net'

/** What is left to read of an answer: its header, so many bytes of a body or chunk, or the header of the next chunk. */
type Stage = 'header' | 'body' | 'chunk' | 'chunk-size'

/** What is read is dealt with before the next read, of whichever connection. */
const bytes = Buffer.allocUnsafeSlow(64 * 1024)

/** A kept-alive HTTP/1.1 connection that sends one request at a time and counts the answer's bytes without keeping them. */
export class BareConnection {
  readonly #socket: Socket
  #done: ((status: number | undefined) => void) | undefined
  #stage: Stage = 'header'
  /** Bytes of a header or a chunk's size that arrived in part. */
  #partial = ''
  #remaining = 0
  #status = 0
  #closing = false

  constructor({ hostname, port }: URL) {
    const callback = (length: number): boolean => {
      this.#read(bytes.subarray(0, length))
      return true
    }
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true, onread: { buffer: bytes, callback } })
    this.#socket.on('error', () => this.close())
    this.#socket.on('close', () => this.close())
  }

  get usable(): boolean {
    return !this.#closing
  }

  /** Sends a request. The status of the complete answer; `undefined` if it is late or cut. */
  ask(request: Buffer, timeoutMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.close(), timeoutMs)
      this.#done = (status) => {
        clearTimeout(timer)
        resolve(status)
      }
      this.#socket.write(request)
      if (this.#closing) this.#end(undefined)
    })
  }

  close(): void {
    this.#closing = true
    this.#socket.destroy()
    this.#end(undefined)
  }

  #end(status: number | undefined): void {
    this.#stage = 'header'
    this.#partial = ''
    const done = this.#done
    this.#done = undefined
    done?.(status)
  }

  #read(data: Buffer): void {
    let at = 0
    while (at < data.length) {
      if (this.#stage === 'body' || this.#stage === 'chunk') {
        const taken = Math.min(this.#remaining, data.length - at)
        at += taken
        this.#remaining -= taken
        if (this.#remaining > 0) return
        if (this.#stage === 'body') this.#finish()
        else this.#stage = 'chunk-size'
      } else {
        const mark = this.#stage === 'header' ? '\r\n\r\n' : '\r\n'
        const text = this.#partial + data.toString('latin1', at)
        const end = text.indexOf(mark)
        if (end < 0) {
          this.#partial = text
          return
        }
        at += end + mark.length - this.#partial.length
        this.#partial = ''
        if (this.#stage === 'header') this.#readHeader(text.slice(0, end).toLowerCase())
        else this.#readChunkSize(text.slice(0, end))
      }
    }
  }

  #readHeader(header: string): void {
    this.#status = Number(header.slice(9, 12))
    if (header.includes('\r\nconnection: close')) this.#closing = true
    const length = /\r\ncontent-length: (\d+)/.exec(header)?.[1]
    this.#remaining = Number(length ?? 0)
    this.#stage = length === undefined ? 'chunk-size' : 'body'
    if (length === '0') this.#finish()
  }

  #readChunkSize(size: string): void {
    const bytes = Number.parseInt(size, 16)
    // A chunk's two closing bytes are read with it, and so are those of the last one, which is empty.
    this.#remaining = bytes + 2
    this.#stage = bytes === 0 ? 'body' : 'chunk'
  }

  #finish(): void {
    if (this.#closing) this.#socket.destroy()
    this.#end(this.#status)
  }
}
