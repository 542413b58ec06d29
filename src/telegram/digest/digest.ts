import type { Analytics } from '../../analytics/analytics.ts'
import { readDigest } from '../../analytics/digest.ts'
import type { DayCaps } from '../../analytics/money.ts'
import type { CommandTable } from '../commands.ts'
import { reply } from '../reply.ts'
import { digestBlock } from './digest-block.ts'

export interface DigestDeps {
  analytics: Analytics
  dayCaps: DayCaps
}

/** The digest on request: the seven days before today, whatever the day. */
export const createDigest = ({ analytics, dayCaps }: DigestDeps): CommandTable => ({
  admin_digest: {
    menu: 'Итоги недели',
    help: 'итоги недели и дело на следующую (сам приходит по понедельникам в 10:00)',
    handle: async ctx => reply(ctx, digestBlock(await readDigest(analytics, dayCaps))),
  },
})
