import type { UserState } from '../users/user-state.ts'

/** Free carts that a user may still make: an administrator may have lowered the limit below what was used. */
export const cartsLeft = ({ cartLimit, cartsCreated }: Pick<UserState, 'cartLimit' | 'cartsCreated'>): number =>
  Math.max(0, cartLimit - cartsCreated)
