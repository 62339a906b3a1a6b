/** Whether only this machine can reach an address to listen on. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Whether a Host header names this machine's loopback, as `127.0.0.1:7788` and `[::1]` do. */
export function namesLoopback(header: string | undefined): boolean {
  const host = /^(\[[0-9a-f:.]+\]|[^:]*)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase()
  return host !== undefined && isLoopback(host.replace(/^\[|\]$/g, ''))
}
