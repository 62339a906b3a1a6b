import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * Whether Node takes the `.ts` and `.js` files of a folder for CommonJS, in which `import` and `await` at the top level are syntax
 * errors: the nearest `package.json` says so, as `npm init -y` writes it. Without a word about it Node looks at the file.
 */
export function isCommonJs(folder: string): boolean {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const file = join(path, 'package.json')
    if (existsSync(file)) {
      try {
        return (JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown }).type === 'commonjs'
      } catch {
        return false
      }
    }
    if (path === dirname(path)) return false
  }
}
