import type { JsonFrame } from '@stockdb/contract/wire'

/** Calls a server without the client, by GET and for JSON; throws the message of an error. */
export async function askJson(url: string, path: string, input: object = {}): Promise<JsonFrame> {
  const response = await fetch(
    `${url}/trpc/${encodeURIComponent(path)}?input=${encodeURIComponent(JSON.stringify(input))}`,
  )
  // tRPC's envelope: either result or error is present.
  const body = (await response.json()) as { result?: { data: JsonFrame }; error?: { message: string } }
  if (!body.result) throw new Error(body.error?.message)
  return body.result.data
}
