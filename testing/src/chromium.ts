import { existsSync } from 'node:fs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser of this machine that tests drive: that of `STOCKDB_TEST_CHROMIUM`, or Chromium where Linux has it. */
export function chromium(): string | undefined {
  return [process.env.STOCKDB_TEST_CHROMIUM, ...PLACES].find((file) => file !== undefined && existsSync(file))
}
