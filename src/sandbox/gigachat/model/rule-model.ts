import type { ChatBody, Model } from '../chat-contract.ts'
import { readDialogue } from './dialogue.ts'
import { plan } from './plan.ts'
import { recipeReply } from './recipe-reply.ts'
import { restrictionsTool } from './shopping.ts'
import { offeredTools } from './tool-arguments.ts'
import { understand } from './understand.ts'

/** GigaChat's place in the sandbox: rules that read the same messages and functions and keep to the same contract. */
export const ruleModel: Model = request => {
  const recipe = recipeReply(request)
  if (recipe !== null) return { text: recipe }
  const dialogue = readDialogue(request)
  const functions = request.function_call === 'none' ? [] : request.functions.filter(isInstructed(request))
  const reply = plan({ intent: understand(dialogue.texts), dialogue, tools: offeredTools(functions) })
  const forced = typeof request.function_call === 'object' ? request.function_call.name : undefined
  if (forced === undefined || ('call' in reply && reply.call.name === forced)) return reply
  return { call: { name: forced, arguments: {} } }
}

/**
 * A model stores what a user must not get because its instructions say so: without that sentence it does not, so that a prompt
 * which lost it is seen to fail.
 */
function isInstructed({ messages }: ChatBody): (tool: { name: string }) => boolean {
  const [first] = messages
  const isMissing = first?.role === 'system' && !first.content.includes(restrictionsTool)
  return ({ name }) => !(isMissing && name === restrictionsTool)
}
