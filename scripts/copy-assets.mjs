// Copies what is not compiled (SQL, the chat page) from src to where the compiled code looks for it.
// Usage: node scripts/copy-assets.mjs OUT
import { cpSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const [out] = process.argv.slice(2)

// a file that was deleted in src must not survive in the output: its function would be created again at every start
const rooms = readdirSync(out, { withFileTypes: true }).filter(entry => entry.isDirectory())
for (const { name } of rooms) rmSync(join(out, name, 'sql'), { recursive: true, force: true })
rmSync(join(out, 'sandbox/page/public'), { recursive: true, force: true })

const isAsset = path => statSync(path).isDirectory() || path.endsWith('.sql') || path.includes(join('page', 'public'))
cpSync('src', out, { recursive: true, filter: isAsset })
