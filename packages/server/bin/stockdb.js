#!/usr/bin/env node
// Checked before anything is loaded: on an older Node the first import would fail with a stack and no reason.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`stockdb: needs Node 22.18 or later, this is ${process.versions.node}\n`)
  process.exit(1)
}
// Settings that are read before a process begins, so the process starts again, as the same one; but not with a parent that would
// lose its channel to it. glibc keeps blocks of any size in its own heap once it has seen large ones freed, and that heap has holes and
// only grows: by megabytes for every 100,000 calls. With the threshold fixed at its default, large blocks go back to the system.
const THRESHOLD = 'MALLOC_MMAP_THRESHOLD_'
const V8_OPTIONS = [
  // V8 lets the space for new objects grow to 128 MB, which stay in memory. Calls need no more than this before their objects are garbage.
  ['--max-semi-space-size', '=4'],
  // In a space of that size V8 soon makes some objects of a call old at once, and what they refer to outlives the call.
  ['--no-allocation-site-pretenuring', ''],
  // A call runs a thousand functions a few times each: by default V8 makes their fast code after tens of thousands of calls, and drops
  // much of it whenever the server is idle for some seconds.
  ['--no-maglev', ''],
  ['--invocation-count-for-turbofan', '=200'],
]
// All but the first may go with any version of V8, and Node does not start with an option that it does not know.
const NEWEST_TRIED = 26
const { argv, env, execArgv, execPath, platform } = process
const given = [...execArgv, ...(env.NODE_OPTIONS ?? '').split(/\s+/)].map((option) => option.replaceAll('_', '-'))
const isGiven = (name) => given.some((option) => option.replace('--no-', '--').startsWith(name.replace('--no-', '--')))
const known = major > NEWEST_TRIED ? V8_OPTIONS.slice(0, 1) : V8_OPTIONS
const options = known.filter(([name]) => !isGiven(name)).map((parts) => parts.join(''))
const complete = THRESHOLD in env && options.length === 0
if (argv[2] === 'serve' && platform === 'linux' && process.execve && !process.channel && !complete) {
  try {
    const args = [execPath, ...options, ...execArgv, ...argv.slice(1)]
    process.execve(execPath, args, { [THRESHOLD]: '131072', ...env })
  } catch {
    // Node was told not to start anything; it works without.
  }
}
const { main } = await import('../dist/cli/main.js')
await main(process.argv)
