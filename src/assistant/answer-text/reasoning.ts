const words = 'think(?:ing)?|thoughts?|reasoning|reflection|scratchpad|analysis|(?:begin|end)_of_thought'
const open = String.raw`(?:<|&lt;|\[)[|｜]?`
const close = String.raw`[|｜]?(?:>|&gt;|\])`
const tag = new RegExp(String.raw`${open}(\/?)\s?(${words})(?:\s[^<>\]\n]{0,200})?${close}`, 'giu')

/** A token of a model's own protocol: `<|im_end|>`, `<｜Assistant｜>`, `[INST]`, `<<SYS>>`. */
const token = /<[|｜]([^<>|｜\n]{1,60})[|｜]>/gu
const bareToken =
  /\[\/?INST\]|<<\/?SYS>>|\|(?:im_(?:start|end|sep)|endoftext|end_of_(?:text|turn)|eot_id|eos|bos|assistant|system|user)\|/giu

/** A line of a reasoning protocol in words, before «Final Answer:». */
const protocolLine = /^[ \t]{0,8}(?:Thought|Observation)[ \t]?:[^\n]*$/gm

/** What the model wrote for itself is left out: reasoning in tags, also unclosed ones, and the tokens of its protocol. */
export function withoutReasoning(raw: string): string {
  const text = withoutTokens(withoutTags(raw)).replace(bareToken, '')
  const final = /^[ \t]{0,8}Final Answer[ \t]?:/im.exec(text)
  return (final === null ? text : text.slice(final.index + final[0].length)).replace(protocolLine, '')
}

/** An end without a beginning ends a reasoning that began with the answer; a beginning without an end never ends. */
function withoutTags(raw: string): string {
  let kept = ''
  let from = 0
  let inside = false
  for (const { 0: whole, 1: slash, 2: name = '', index } of raw.matchAll(tag)) {
    const closes = slash === '/' || name.toLowerCase() === 'end_of_thought'
    if (!inside) kept = closes ? '' : kept + raw.slice(from, index)
    inside = !closes
    from = index + whole.length
  }
  return inside ? kept : kept + raw.slice(from)
}

/** Of a protocol with channels only the final one is meant for a user; a role word behind a token is none of the answer's. */
function withoutTokens(raw: string): string {
  let kept = ''
  let from = 0
  let last = ''
  let isHidden = false
  const take = (part: string) => {
    if (last === 'channel') isHidden = !/^\s*final/i.test(part)
    else if (!isHidden)
      kept += /^(?:im_)?start/.test(last) ? part.replace(/^\s*(?:assistant|system|user|tool)\b/i, '') : part
  }
  for (const { 0: whole, 1: name = '', index } of raw.matchAll(token)) {
    take(raw.slice(from, index))
    last = name.trim().toLowerCase()
    if (/^(?:im_)?(?:start|end)|^return/.test(last)) isHidden = false
    from = index + whole.length
  }
  take(raw.slice(from))
  return kept
}
