import type { Preference, Restriction } from '../../users/users.ts'

const kindNames = { diet: 'питание', allergy: 'аллергия или непереносимость', dislike: 'не любит' } as const

/** How a restriction is named to the model. */
export const nameRestriction = ({ kind, value }: Restriction): string => `${kindNames[kind]}: ${value}`

/** What an older stored preference forbids: «аллергия на орехи», «питание: веган», «не ем свинину», «исключить: рыба». */
export function restrictionsIn({ category, preference }: Preference): Restriction[] {
  const allergy = /^аллерги\S* (?:на|к) (?<value>.+)$/.exec(category)?.groups?.value
  if (allergy !== undefined) return [{ kind: 'allergy', value: allergy }]
  if (/^(?:аллерги|непереносим)/.test(category)) return [{ kind: 'allergy', value: preference }]
  if (/^(?:питание|диета)/.test(category)) return [{ kind: 'diet', value: preference }]
  const avoided = /^исключить:? ?(?<value>.+)$/.exec(preference)?.groups?.value
  return avoided === undefined ? [] : [{ kind: 'dislike', value: avoided }]
}
