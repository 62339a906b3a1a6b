import type { Platform } from './node-modules.ts'

const LOCK = 'lock'

/** Whether this process may write to a folder: the first to open it does, until its process ends. */
export async function lockFolder({ files, path, process, crypto }: Platform, folder: string): Promise<boolean> {
  const file = path.join(folder, LOCK)
  const mine = new TextEncoder().encode(String(process.pid))
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await files.writeFile(file, mine, { flag: 'wx' })
      return true
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'EEXIST') return false
      const holder = Number(new TextDecoder().decode(await files.readFile(file).catch(() => new Uint8Array())))
      if (holder === process.pid || isRunning(process, holder)) return holder === process.pid
      // Moved away first: of several that find it, one does.
      const left = path.join(folder, `${crypto.randomUUID()}.part`)
      await files.rename(file, left).catch(() => {})
      await files.rm(left, { force: true })
    }
  }
  return false
}

function isRunning(process: Platform['process'], pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { readonly code?: string }).code === 'EPERM'
  }
}
