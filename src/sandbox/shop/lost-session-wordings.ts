/** How servers say that they do not know a session: seen in public reports, and no two alike. */
export const lostSessionWordings = [
  'not_found',
  'bad_request',
  'not_initialized',
  'invalid_request',
  'failed_tool',
] as const
export type LostSessionWording = (typeof lostSessionWordings)[number]
