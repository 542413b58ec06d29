import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Update } from 'grammy/types'

/** Encrypts updates for the time they wait in the database. */
export interface InboxCipher {
  seal(update: Update, userId: number): Buffer
  /** Throws an Error when the bytes are not those of this update, or were sealed with another key. */
  open(body: Buffer, userId: number, updateId: number): Update
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * AES-256-GCM as NIST SP 800-38D describes it: nonce (12 bytes, random), tag (16), ciphertext of the JSON. User and update are
 * authenticated with it, so that a row moved to another user does not open. The key is derived from `secret`
 * (HKDF-SHA-256, RFC 5869), which never reaches the database.
 */
export function createInboxCipher(secret: string): InboxCipher {
  const key = Buffer.from(hkdfSync('sha256', secret, 'vkusvill-bot', 'inbox', 32))
  const nameOf = (userId: number, updateId: number) => Buffer.from(`${userId}:${updateId}`)
  return {
    seal: (update, userId) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
      cipher.setAAD(nameOf(userId, update.update_id))
      const sealed = Buffer.concat([cipher.update(JSON.stringify(update), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
    },
    open: (body, userId, updateId) => {
      const nonce = body.subarray(0, nonceBytes)
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
      decipher.setAAD(nameOf(userId, updateId))
      decipher.setAuthTag(body.subarray(nonceBytes, nonceBytes + tagBytes))
      const text = Buffer.concat([decipher.update(body.subarray(nonceBytes + tagBytes)), decipher.final()])
      return JSON.parse(text.toString('utf8'))
    },
  }
}
