import { expect, test } from 'vitest'
import { openModel } from './models.ts'

test('a real model needs its settings, and says which are missing', () => {
  expect(() => openModel('gigachat', { GIGACHAT_CREDENTIALS: ' ' })).toThrow(
    /^--model gigachat needs GIGACHAT_CREDENTIALS,/,
  )
  expect(() => openModel('openai', {})).toThrow(/^--model openai needs LLM_FALLBACK_URL and LLM_FALLBACK_MODEL,/)
  expect(() => openModel('openai', { LLM_FALLBACK_URL: 'http://127.0.0.1:1' })).toThrow(/needs LLM_FALLBACK_MODEL,/)
  expect(() => openModel('gpt', {})).toThrow(/--model gpt is unknown: standin, gigachat, openai or replay:PATH/)
})

test('the settings of a real model take the place of the sandbox’s, and leave the fakes reachable', () => {
  const { settings, isExact } = openModel('gigachat', {
    GIGACHAT_CREDENTIALS: 'aWQ6c2VjcmV0',
    HTTPS_PROXY: 'http://proxy:3128',
  })

  expect(settings).toMatchObject({ GIGACHAT_CREDENTIALS: 'aWQ6c2VjcmV0', GIGACHAT_API_URL: '', NO_PROXY: '127.0.0.1' })
  expect(isExact).toBe(false)
  expect(
    openModel('openai', { LLM_FALLBACK_URL: 'http://127.0.0.1:1', LLM_FALLBACK_MODEL: 'm' }).settings,
  ).toMatchObject({
    LLM_PROVIDER: 'openai',
    LLM_FALLBACK_MODEL: 'm',
  })
})

test('the sandbox’s model needs nothing and is exact', () => {
  expect(openModel('standin', {})).toEqual({ name: 'standin', settings: {}, isExact: true })
})
