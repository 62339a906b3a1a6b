/** Names that datasets cannot have: procedures of the server or properties of the client stand there. */
export const reservedNames: readonly string[] = [
  'calendar',
  'frame',
  'instruments',
  'meta',
  'ops',
  'panel',
  'query',
  'screen',
  'sql',
  'trpc',
  // What tRPC and every promise look up on an object.
  'then',
  'call',
  'apply',
  // What every object has.
  'constructor',
]
