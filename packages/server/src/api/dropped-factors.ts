import type { Dataset } from '@stockdb/contract'
import type { FrameChunk, FrameSource } from '@stockdb/contract/wire'
import type { FactorStore } from '../write/factors/factor-store.ts'

/** Runs what uses datasets. If it fails because one of them is a factor that was dropped meanwhile, the error says so. */
export async function namingDropped<Result>(
  factors: FactorStore,
  datasets: readonly Dataset[],
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    throw await factors.explained(error, datasets)
  }
}

/** Opens a frame of datasets, with {@link namingDropped} for its rows too. */
export async function frameNamingDropped(
  factors: FactorStore,
  datasets: readonly Dataset[],
  open: () => Promise<FrameSource>,
): Promise<FrameSource> {
  if (!datasets.some(({ name }) => factors.get(name))) return open()
  const frame = await namingDropped(factors, datasets, open)
  const chunks = async function* (): AsyncGenerator<FrameChunk> {
    try {
      yield* frame.chunks
    } catch (error) {
      throw await factors.explained(error, datasets)
    }
  }
  return { ...frame, chunks: chunks() }
}
