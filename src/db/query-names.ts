/** Every query by name: the closed set of values of the metric label `query`. */
export const queryNames = [
  'record_facts',
  'ensure_partitions',
  'prune_batches',
  'find_user',
  'load_allowance',
  'load_invitation',
  'create_referral_code',
  'save_survey',
  'load_last_cart',
  'list_preferences',
  'set_preference',
  'delete_preference',
  'recent_events',
  'refresh_rollups',
  'read_summary',
  'read_funnel',
  'read_sources',
  'read_cohorts',
  'read_retention',
  'read_days',
  'read_survey',
  'read_searches',
  'read_person',
  'ping',
] as const

export type QueryName = (typeof queryNames)[number]
