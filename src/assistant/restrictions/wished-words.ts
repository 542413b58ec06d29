import { significantWords } from '../../shop/phrase.ts'
import { foldCase } from '../words.ts'

const eating =
  /^(?:ем|едим|ест|едят|пью|пьем|пьет|люблю|любит|любим|любят|могу|может|хочу|хотим|надо|нужн\p{L}*|нужен|клад\p{L}*|бери\p{L}*|предлаг\p{L}*|добавл\p{L}*|переношу|переносит|употребля\p{L}*)$/u
const refusing =
  /^(?:нельзя|ненавиж\p{L}*|кроме|убер\p{L}*|убра\p{L}*|исключ\p{L}*|замен\p{L}*|аллерги\p{L}*|непереносимост\p{L}*)$/u
const wishing =
  /^(?:но|зато|однако|хоч\p{L}*|хотим|собер\p{L}*|подбер\p{L}*|найд\p{L}*|куп\p{L}*|добав(?:ь|ьте|ить)|полож\p{L}*|дай\p{L}*|нуж\p{L}*|надо|лучше|поэтому|сегодня)$/u

/**
 * The words by which a text asks for food, folded: those that it refuses are left out, through a list as well («не ем мясо,
 * рыбу, но хочу сыр» asks for «сыр»).
 */
export function wishedWords(text: string): string[] {
  const tokens = foldCase(text.replaceAll('\n', ' . ')).match(/\p{L}+|[.!?;,]/gu) ?? []
  let wished: string[] = []
  let clause: string[] = []
  let refuses: 'list' | 'item' | null = null
  tokens.forEach((token, i) => {
    if (/^[.!?;,]$/.test(token) || wishing.test(token)) {
      wished = [...wished, ...clause]
      clause = []
    }
    if (/^[.!?;]$/.test(token)) refuses = null
    else if (token === ',' || token === 'с' || token === 'со') refuses = refuses === 'item' ? null : refuses
    else if (token === 'без') refuses = 'item'
    else if ((token === 'не' && eating.test(tokens[i + 1] ?? '')) || token === 'терпеть' || refusing.test(token)) {
      const isEnd = /^[.!?;,]?$/.test(tokens[i + (token === 'не' ? 2 : 1)] ?? '')
      refuses = isEnd ? 'item' : 'list'
      clause = [] // «мясо не ем»
    } else if (wishing.test(token) && tokens[i - 1] !== 'не') refuses = null
    else if (token === 'на' && /^замен/.test(tokens.slice(Math.max(0, i - 4), i).find(t => /^замен/.test(t)) ?? ''))
      refuses = null
    else if (refuses === null) clause.push(...significantWords(token))
  })
  return [...wished, ...clause]
}
