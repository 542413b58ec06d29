/** A dish the fake can cook: `match` finds it in normalised text, `ingredients` holds one a line for `serves` servings. */
export interface Dish {
  name: string
  match: RegExp
  serves: number
  /** `name [= search query] quantity unit [?]`; the question mark makes it optional. */
  ingredients: string
}
