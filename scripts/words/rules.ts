/** A word that the project avoids, and the word of the field that stands for it. */
export type WordRule = {
  avoid: RegExp
  say: string
  /** Where the word means something else: in identifiers or in prose it is then allowed. Default: both are checked. */
  only?: 'prose' | 'identifiers'
}

/**
 * The table of words. Patterns are read without regard to case; identifiers are split into words first, so that
 * `personId` is read as "person id". Words with several meanings are caught only in the wording that is meant.
 */
export const WORD_RULES: readonly WordRule[] = [
  { avoid: /\b(?:persons?|people)\b/, say: 'user, users (or the role: operator, administrator, contributor)' },
  {
    avoid: /\b(?:some|any|every|no)body\b|\bwho(?:so)?ever\b/,
    say: 'user, users (or the role: operator, contributor)',
  },
  { avoid: /\bstand-ins?\b/, say: 'fake' },
  { avoid: /\bstand ins?\b/, say: 'fake', only: 'identifiers' },
  { avoid: /\b(?:told|tells?|telling|announc(?:e[sd]?|ing))\b/, say: 'notify, report, publish, show' },
  { avoid: /\bin hand\b|\bunder ?way\b|\bon (?:its|their|the) way\b/, say: 'in flight, pending' },
  { avoid: /\b(?:away(?! from)|(?<!410 )gone)\b/, say: 'unavailable, down (a service); deleted, expired (data)' },
  { avoid: /\b(?:writ(?:e|es|ing|ten)|wrote)(?: it| them)? down\b/, say: 'stored, persisted, recorded' },
  { avoid: /\b(?:is|are|was|were|be|been|being) kept\b/, say: 'stored, persisted, retained' },
  { avoid: /\b(?:set|sets|setting|put|puts) (?:it |them )?aside\b/, say: 'quarantined; dead-lettered' },
  { avoid: /\bfor good\b/, say: 'permanently' },
  { avoid: /\blet(?:s|ting)? (?:it |them )?go\b/, say: 'releases, drops, deletes' },
  { avoid: /\bway back\b|\brelease steps?\b/, say: 'cleanup, teardown' },
  { avoid: /\bhomeless\b/, say: 'unspooled' },
  { avoid: /\bpatien(?:ce|t|tly)\b/, say: 'timeout, deadline' },
  { avoid: /\bleft-?overs?\b/, say: 'backlog' },
  { avoid: /\bat once\b/, say: 'immediately (time); concurrently (together)' },
  { avoid: /\bmeanwhile\b/, say: 'during this; usually nothing' },
  { avoid: /\bonce more\b/, say: 'again' },
  { avoid: /\bby (?:it|them)sel(?:f|ves)\b/, say: 'automatically, alone' },
  { avoid: /\bdear(?:er|est)?\b/, say: 'expensive, costliest' },
  { avoid: /\binvent(?:ed|s|ing)? (?:history|histories|li[fv]es?|users?|data|days?)\b/, say: 'synthetic, generated' },
  { avoid: /\bknown truth\b/, say: 'expected values, ground truth' },
  { avoid: /\bsaid\b/, say: 'text, message text; reported, stated' },
  { avoid: /\bforg(?:ets|otten|etting)\b/, say: 'invalidates, drops, erases' },
  { avoid: /\bmoods?\b/, say: 'failure mode' },
  {
    avoid: /\b(?:is|are|was|were|be) wanted\b|\bwanted[;,:]? (?:and )?reached\b/,
    say: 'target and met; requested, expected',
  },
  { avoid: /\blabs?\b/, say: 'harness, fixture' },
  { avoid: /\bslots?\b/, say: 'semaphore, permits' },
  { avoid: /\bnewcomers?\b/, say: 'new user; contributor' },
  { avoid: /\bthe base\b(?! (?:image|url|path|class|unit|currency))/, say: 'the database', only: 'prose' },
  { avoid: /\bwasted?\b/, say: 'redundant, unnecessary' },
]
