import { expect, test } from 'vitest'
import { publicCommands } from './command.ts'
import { consentVersion } from './privacy/policy.ts'
import { eventually, startBot } from './testing/start-bot.ts'
import { createUserCommands } from './user-commands.ts'

const ignore = async () => undefined
const table = createUserCommands({
  allowance: { cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
  supportContact: undefined,
  handlers: {
    start: ignore,
    stop: ignore,
    reset: ignore,
    invite: ignore,
    survey: ignore,
    me: ignore,
    privacy: ignore,
    delete_me: ignore,
  },
})
const unknown = 'Такой команды я не знаю'

async function answerTo(text: string): Promise<string> {
  const { user, users } = await startBot()
  users.set(7, { consentVersion, cartsCreated: 1 })
  user(7).say(text)
  await eventually(() => user(7).read().length === 1)
  return user(7).last()
}

test.each(Object.keys(table))('/%s of the table is answered', async name => {
  const answer = await answerTo(`/${name}`)

  expect(answer).not.toContain(unknown)
})

test.each(['menu', 'cart', 'constructor', '__proto__', 'tostring', 'help_me', 'starts'])(
  '/%s is not in the table and not answered as one of it',
  async name => {
    expect(Object.keys(table)).not.toContain(name)
    expect(await answerTo(`/${name}`)).toContain(unknown)
  },
)

test('the table holds every command that the logs know, in their order', () => {
  expect(Object.keys(table)).toEqual([...publicCommands])
})

test('/help names the commands of the table with their descriptions, and no others', async () => {
  const answer = await answerTo('/help')

  const described = Object.entries(table).flatMap(([name, { help }]) => (help === null ? [] : [`/${name} – ${help}`]))
  expect(answer.split('\n').filter(line => line.startsWith('/'))).toEqual(described)
  for (const [, name = ''] of answer.matchAll(/\/([a-z_]+)/g)) expect(Object.keys(table)).toContain(name)
})
