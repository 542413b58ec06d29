import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError, StartupError } from '../../errors.ts'

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/**
 * The roots GigaChat's hosts are checked against, as PEM, or undefined where Node's own roots do. Throws ConfigError when
 * the file is of no use, StartupError when one of the hosts needs it and no file is set: nothing goes unverified.
 */
export function loadCertificates(file: string | undefined, ...urls: string[]): string | undefined {
  if (file !== undefined) return readCertificates(file)
  const host = urls
    .map(url => new URL(url))
    .find(url => url.protocol === 'https:' && isMinistryHost(url.hostname))?.hostname
  if (host === undefined) return undefined
  throw new StartupError(
    `${host} uses certificates of the Russian Ministry of Digital Development, which Node does not know. ` +
      'Download "Russian Trusted Root CA" and "Russian Trusted Sub CA" as PEM from https://www.gosuslugi.ru/crt, ' +
      'put both into one file and name it in GIGACHAT_CA_FILE',
  )
}

function readCertificates(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (err) {
    const code = err instanceof Error && 'code' in err ? String(err.code) : 'unknown error'
    throw new ConfigError([`GIGACHAT_CA_FILE: the file cannot be read (${code})`])
  }
  const blocks = text.match(pemBlock) ?? []
  if (blocks.length === 0) throw new ConfigError(['GIGACHAT_CA_FILE: no PEM certificate in the file'])
  const expiries = blocks.map(expiryOf)
  if (expiries.every(expiry => expiry < Date.now())) {
    throw new ConfigError(['GIGACHAT_CA_FILE: every certificate in the file has expired'])
  }
  return `${blocks.join('\n')}\n`
}

function expiryOf(block: string): number {
  try {
    return Date.parse(new X509Certificate(block).validTo)
  } catch {
    throw new ConfigError(['GIGACHAT_CA_FILE: a certificate in the file is damaged'])
  }
}

const isMinistryHost = (host: string): boolean =>
  ['sberbank.ru', 'giga.chat'].some(domain => host === domain || host.endsWith(`.${domain}`))
