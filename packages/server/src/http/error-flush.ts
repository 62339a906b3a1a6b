/** How long a client has to read the error at the end of an aborted stream before the connection is dropped. */
export const ERROR_FLUSH_MS = 250
