import type { UserState } from '../../users/user-state.ts'

/** Whether the survey is open to a user: once, and only after a cart, for it asks what a cart is worth. */
export const maySurvey = ({
  surveyCompleted,
  cartsCreated,
}: Pick<UserState, 'surveyCompleted' | 'cartsCreated'>): boolean => !surveyCompleted && cartsCreated > 0
