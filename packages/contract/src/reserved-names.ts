/** Names that datasets cannot have, because the server's procedures or the client's properties use them. */
export const reservedNames: readonly string[] = [
  'calendar',
  'changes',
  'dataset',
  'factors',
  'frame',
  'instruments',
  'meta',
  'ops',
  'panel',
  'query',
  'screen',
  'sql',
  'trpc',
  // Looked up on objects by tRPC and promises.
  'then',
  'call',
  'apply',
  // Inherited by every object.
  'constructor',
]
