/** A rule that is written in SQL, and how to break it. */
export interface SqlRule {
  /** Name of its test in test/sql-rules.test.ts. */
  test: string
  /** Each turns the rule into another one: `find` occurs once in `file` (below `src`). */
  mutations: readonly { file: string; find: string; replace: string }[]
}

const events = (name: string, find: string, replace: string) => ({ file: `events/sql/${name}.sql`, find, replace })
const rollups = (name: string, find: string, replace: string) => ({
  file: `analytics/sql/rollups/${name}.sql`,
  find,
  replace,
})
const read = (name: string, find: string, replace: string) => ({
  file: `analytics/sql/read/${name}.sql`,
  find,
  replace,
})

export const sqlRules: readonly SqlRule[] = [
  {
    test: 'a session starts after a pause of more than 1800 seconds: not after 1800, after 1801',
    mutations: [
      events('session-gap', '1800 seconds', '1799 seconds'),
      events('session-gap', '1800 seconds', '1801 seconds'),
      events('apply-message', '> session_gap()', '>= session_gap()'),
    ],
  },
  {
    test: 'a session knows the version of the prompt that answers in it, a new one none before it was asked',
    mutations: [
      events('set-session-prompt', 'is distinct from', '<>'),
      events('apply-message', 'case when not v_started then session_prompt_version end', 'session_prompt_version'),
      events('apply-message', 'case when not v_started then session_prompt_version end', 'null'),
    ],
  },
  {
    test: 'what a version of the prompt did is counted: sessions once, messages, turns, money, new carts without corrections',
    mutations: [
      events('set-session-prompt', 'found::int, 1', '1, 1'),
      rollups('fold-prompts', 'sessions = t.sessions + excluded.sessions', 'sessions = t.sessions'),
      events('add-prompt-usage', 'if p_version is null then return; end if;', ''),
      events(
        'apply-cart',
        "perform add_prompt_usage(v_user, v_at, f ->> 'promptVersion', s ->> 'tz', 0, 0, 0, 0, 1);",
        '',
      ),
    ],
  },
  {
    test: 'an experiment counts a user once, squares what they did on all days of the period together, and drops erased users',
    mutations: [
      rollups('prompt-pairs-of', 'when 2 then -1', 'when 2 then 0'),
      rollups('prompt-pairs-of', 'then 1 else 2 end as times', 'then 1 else 1 end as times'),
      rollups('prompt-pairs-of', 'else k * s0 + k0 * s end', 'else k * s0 end'),
      rollups('fold-prompts', 'add_prompts(v_before,', 'add_prompts(null,'),
      rollups('recount-prompts', 'delete from analytics.prompt_spans;', ''),
      rollups(
        'recount-prompts',
        "add_prompts(null, prompt_pairs_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])))",
        'sweep_totals()',
      ),
      rollups(
        'erase-from-rollups',
        "add_prompts(prompt_pairs_of(array[p_user], array['-infinity'::date]), null)",
        'sweep_totals()',
      ),
      events('apply-erase', 'delete from prompt_changes where user_id = v_user;', ''),
      read('experiment', 'p.since >= p_from', 'p.until >= p_from'),
      read('experiment', 'p.until <= p_to', 'p.since <= p_to'),
    ],
  },
  {
    test: 'a later /start does not overwrite the first source, an earlier one that arrives late does',
    mutations: [
      events('set-first-start', 'if p_at >= v.started_at then return v; end if;', ''),
      events('set-first-start', 'if p_at >= v.started_at then', 'if v.started_at is not null then'),
    ],
  },
  {
    test: 'a user is not their own inviter',
    mutations: [events('find-inviter', 'and u.user_id <> p_user', '')],
  },
  {
    test: 'an inviter is paid with the first cart of the invited user, and not again',
    mutations: [
      events('pay-inviter', ' or v.inviter_paid_at is not null', ''),
      events('pay-inviter', 'cart_limit = cart_limit + p_bonus', 'cart_limit = cart_limit'),
      events(
        'apply-start',
        "  return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',\n    'source', v_metadata -> 'source', 'inviterId', v_linked",
        "  perform pay_inviter(v, v_at, 3);\n  return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',\n    'source', v_metadata -> 'source', 'inviterId', v_linked",
      ),
    ],
  },
  {
    test: 'carts are numbered without gaps, and one delivered again with another time keeps its number',
    mutations: [
      events('count-cart', 'carts_created + 1', 'carts_created + 2'),
      events('repeat-window', '3 days', '1 day'),
    ],
  },
  {
    test: 'a correction belongs to the cart whose latest version is 1800 seconds old, not to one of 1801',
    mutations: [
      events('revision-window', '1800 seconds', '1799 seconds'),
      events('revision-window', '1800 seconds', '1801 seconds'),
      events('next-version', 'created_at >= p_at - revision_window()', 'created_at > p_at - revision_window()'),
      events('next-version', ') + 1)', '))'),
    ],
  },
  {
    test: 'a correction takes no allowance and no number, also delivered twice; a cart that corrects nothing takes both',
    mutations: [
      events('apply-cart', 'if v_version is null then', 'if true then'),
      events('apply-cart', "if (f ->> 'revises')::boolean then", 'if true then'),
    ],
  },
  {
    test: 'a cart answers the messages taken into its answer: delivered again they are done, no others are',
    mutations: [
      events(
        'apply-cart',
        "from jsonb_array_elements_text(f -> 'alsoAnswers') as also(id)",
        "from jsonb_array_elements_text('[]') as also(id)",
      ),
      events(
        'apply-cart',
        "from jsonb_array_elements_text(f -> 'alsoAnswers') as also(id)",
        'from unnest(v.recent_messages) as also(id)',
      ),
    ],
  },
  {
    test: 'which cart a correction belongs to is decided by when they were made, whatever order they arrive in',
    mutations: [
      events('next-version', ' and created_at <= p_at', ''),
      events('next-version', 'order by created_at desc', 'order by created_at'),
    ],
  },
  {
    test: 'an erased user who returns has the allowance that was left, and no second survey bonus',
    mutations: [
      events('restore-allowance', 'cart_limit = e.carts_left', 'cart_limit = u.cart_limit'),
      events('restore-allowance', 'case when e.survey_completed then e.erased_at end', 'null'),
      events('save-allowance', 'greatest(0, cart_limit - carts_created)', 'cart_limit'),
    ],
  },
  {
    test: 'an erased user who returns is not new, and pays no inviter',
    mutations: [
      events('start-metadata', ' and not v.started_before_erasure', ''),
      events('restore-allowance', 'may_be_invited = false', 'may_be_invited = true'),
    ],
  },
  {
    test: 'the survey pays only after a cart, and once',
    mutations: [
      events('apply-survey', 'if v.survey_completed_at is not null or v.carts_created = 0', 'if v.carts_created = 0'),
      events('apply-survey', ' or v.carts_created = 0', ''),
      events('apply-survey', 'cart_limit = cart_limit + v_bonus', 'cart_limit = cart_limit'),
    ],
  },
  {
    test: 'a day begins at midnight of the time zone, and where clocks are set back then, at the first of the two',
    mutations: [
      events('local-day', 'at time zone p_tz', "at time zone 'UTC'"),
      events('day-start', "when (m.at - interval '26 hours')", "when true or (m.at - interval '26 hours')"),
    ],
  },
  {
    test: 'the last cart is offered for 24 hours',
    mutations: [
      events('last-cart-lifetime', '24 hours', '23 hours'),
      events('last-cart-lifetime', '24 hours', '25 hours'),
      events('user-state', 'c.created_at > p_at', 'c.created_at >= p_at'),
    ],
  },
  {
    test: 'retention counts the users of a day one and seven days later',
    mutations: [
      read('retention', 'd.date, d.date + 1)', 'd.date, d.date + 2)'),
      read('retention', 'd.date, d.date + 7)', 'd.date, d.date + 6)'),
      read('returned', 'c.day - p_offset)', 'c.day - p_offset - 1)'),
      rollups('add-cohort-days', 'where start_day <= day', 'where false'),
    ],
  },
  {
    test: 'a step of the funnel counts only after the step before it',
    mutations: [
      rollups('recount-chains', 'where t >= m.at)', 'where t >= c.started_at)'),
      rollups('recount-chains', 'where t >= s.at)', 'where t >= m.at)'),
    ],
  },
  {
    test: 'the conversion window has as many days as asked for, and whose window is not over is counted apart',
    mutations: [
      read('funnel-open', 'p_today - p_window', 'p_today - p_window - 1'),
      read('funnel-window', '(p_window - 1)::smallint', 'p_window::smallint'),
      read('funnel-window', 'p_today - p_window))\n', 'p_today))\n'),
      rollups('add-chains', '(day - start_day)::smallint', '0::smallint'),
      rollups('add-chains', '::smallint order by day)', '::smallint order by day desc)'),
      rollups('add-lags', 'array_agg(s.days order by s.days)', 'array_agg(s.days order by s.days desc)'),
    ],
  },
  {
    test: 'a user active on several days of a period is one active user of it',
    mutations: [
      rollups('contribution-of', '(g.previous_day, -1)', '(g.previous_day, 0)'),
      rollups('contribution-of', 'b.day < d.day order by', 'b.day < p.from_day order by'),
      rollups('contribution-of', 'b.day < last.day and b.sessions > 0', 'false'),
      read('users-in', 'sum_since(p_from,', "sum_since('-infinity',"),
    ],
  },
  {
    test: 'DAU is the mean over all days of the period, also those without a session',
    mutations: [read('summary', 'end - p_from + 1)', 'end - p_from)')],
  },
  {
    test: 'the average cart is that of the carts whose sum is known, and an unknown sum is null, never 0',
    mutations: [
      read('summary', 's.gmv / nullif(p.priced_carts, 0)', 's.gmv / nullif(s.carts, 0)'),
      events('apply-cart', "case when (f ->> 'totalSum')::numeric > 0 then f -> 'totalSum' end", "f -> 'totalSum'"),
    ],
  },
  {
    test: 'a cart counts on the day it was made, by the sum of its latest version, also when that one is made after midnight',
    mutations: [
      rollups('carts-since', 'v.total_sum order by v.created_at desc', 'v.total_sum order by v.created_at'),
      rollups('carts-since', 'where v.cart > 0', 'where true'),
      rollups('days-of-carts', 'least(p.day, c.day)', 'p.day'),
      rollups('recount-users', 'p_days := v_days;', ''),
      rollups('recount-users', 'v_kinds := look_at_events(p_users, p_days, p_tz);', ''),
      events('is-new-cart', " and coalesce(p_metadata ->> 'revision', '0') = '0'", ''),
    ],
  },
  {
    test: 'a correction is no step of the funnel, a new cart is',
    mutations: [rollups('recount-chains', 'is_new_cart(e.event_type, e.metadata)', "e.event_type = 'cart_created'")],
  },
  {
    test: 'what an erased user did stays in the totals, also after a rebuild',
    mutations: [
      rollups('erase-from-rollups', 'add_days(null, v_contribution, true)', 'sweep_totals()'),
      rollups('erase-from-rollups', 'add_chains(1, v_starters, v_start_days, true, p_tz)', 'sweep_totals()'),
      rollups('erase-from-rollups', 'add_answers(1, array[p_user], true)', 'sweep_totals()'),
      rollups('clear-rollups', 'analytics.day_totals where not erased', 'analytics.day_totals'),
    ],
  },
  {
    test: 'a rating counts on the day it was given, the latest of each cart, until its user is erased',
    mutations: [
      { file: 'users/sql/rate-cart.sql', find: 'v_before.reason, -1)', replace: 'v_before.reason, 0)' },
      { file: 'users/sql/rate-cart.sql', find: 'v_before.rated_at, v_before', replace: 'p_at, v_before' },
      { file: 'users/sql/rate-cart.sql', find: ' and r.reason is distinct from p_reason', replace: '' },
      read('cart-ratings', 'c.n from rating_changes c', '0 from rating_changes c'),
      read('cart-ratings', 't.day <= p_to', 't.day < p_to'),
      read('cart-ratings', 'analytics.day_start(p_to + 1)', 'analytics.day_start(p_to)'),
      rollups('fold-ratings', 'local_day(rated_at, p_tz)', "local_day(rated_at, 'UTC')"),
      rollups('fold-ratings', 'carts = t.carts + excluded.carts', 'carts = excluded.carts'),
      rollups('recount-ratings', 'with counted as (delete from rating_changes)', 'with counted as (select 1)'),
      rollups('recount-ratings', 'local_day(r.rated_at, p_tz)', "local_day(r.rated_at, 'UTC')"),
      events('apply-erase', 'reason, -1 from deleted', 'reason, 0 from deleted'),
    ],
  },
  {
    test: 'a synthetic history is in no number once the database has a real user, also after a rebuild',
    mutations: [
      {
        file: 'analytics/sql/demo/is-demo.sql',
        find: 'not exists (select 1 from users where not synthetic)',
        replace: 'true',
      },
      { file: 'analytics/sql/demo/uncounted-users.sql', find: 'where synthetic and', replace: 'where false and' },
      {
        file: 'analytics/sql/demo/uncount-demo-history.sql',
        find: 'count_demo_ratings(-1, p_tz)',
        replace: 'sweep_totals()',
      },
      {
        file: 'analytics/sql/demo/count-demo-history.sql',
        find: 'count_demo_ratings(1, p_tz)',
        replace: 'sweep_totals()',
      },
      rollups('recount-ratings', 'where r.user_id not in (select u.user_id from uncounted_users u)', ''),
      rollups('prompt-pairs-of', 'where not exists (select 1 from uncounted_users u where u.user_id = p.user_id)', ''),
      {
        file: 'analytics/sql/demo/uncount-demo-history.sql',
        find: "add_prompts(prompt_pairs_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])), null)",
        replace: 'sweep_totals()',
      },
      {
        file: 'analytics/sql/demo/count-demo-history.sql',
        find: "add_prompts(null, prompt_pairs_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])))",
        replace: 'sweep_totals()',
      },
      { file: 'users/sql/rate-cart.sql', find: 'where u.user_id = p_user', replace: 'where false' },
    ],
  },
  {
    test: 'an event counts on the day of its instant, also where two days alternate',
    mutations: [
      rollups('look-at-events', 'day_end(d.day - 1, p_tz) <= day_start(d.day, p_tz)', 'true'),
      rollups('look-at-events', 'then day_start(d.day + 1, p_tz)', 'then day_start(d.day + 2, p_tz)'),
      rollups('look-at-events', 'where e.day >= e.from_day', 'where true'),
    ],
  },
  {
    test: 'a dropped month does not come back, and a rebuild keeps the totals of its days',
    mutations: [
      events(
        'ensure-event-partitions',
        'select 1 from event_horizon where',
        'select 1 from event_horizon where false and',
      ),
      rollups('first-whole-day', 'from event_horizon), ', 'from event_horizon where false), '),
      { file: 'analytics/sql/lifecycle/event-months-before.sql', find: '<= p_before', replace: '< p_before' },
    ],
  },
  {
    test: 'a query of two users is not shown, one of three is',
    mutations: [
      read('missing-searches', '>= 3', '>= 2'),
      read('missing-searches', 'd.missed and ', ''),
      read('searches', '>= 3', '>= 2'),
      read('searches', '>= 3', '> 3'),
    ],
  },
  {
    test: 'a user who asks for a query on several days is one user of it, and the days without a result are counted apart',
    mutations: [
      rollups('add-searches', 'lag(c.day) over earlier', 'null::date'),
      rollups('add-searches', 'max(c.day) filter (where c.misses > 0) over', 'max(c.day) over'),
      rollups('add-searches', '&& array[s.query_id, -s.query_id]', '&& array[-s.query_id]'),
      rollups('add-searches', '&& array[-s.query_id]\n', '&& array[s.query_id, -s.query_id]\n'),
      rollups('add-searches', 's.previous_day, 0, -s.users)', 's.previous_day, 0, 0)'),
      rollups('add-searches', 's.previous_miss, 0, -s.missing_users)', 's.previous_miss, 0, 0)'),
    ],
  },
  {
    test: 'the sums of two rows are those of both, without the days that add nothing',
    mutations: [
      rollups('add-sums', 'then array[o.sum]', 'then p_sums'),
      rollups('add-sums', 'o.sum <> 0 then p_sinces', 'true then p_sinces'),
      rollups('add-sums', 'p_sinces = p_more_sinces', 'true'),
      rollups('add-sums', 'a.sum - coalesce(a.next, 0)', 'a.sum'),
      rollups('add-sums', 'b.sum - coalesce(b.next, 0)', 'b.sum'),
      rollups('add-sums', 'where t.n <> 0', 'where true'),
    ],
  },
  {
    test: 'a message of a blocked user is not counted',
    mutations: [events('apply-message', 'if v.blocked_at <= v_at then', 'if v.blocked_at < v_at then')],
  },
  {
    test: 'a batch applied again changes nothing',
    mutations: [events('record-facts', 'if not found then return null; end if;', '')],
  },
  {
    test: 'a batch of searches applied again is known by its id, a search in another batch by its own',
    mutations: [
      events('record-events', 'insert into applied_batches (batch_id) values (p_batch);', ''),
      events('record-events', 'unique_violation then return false', 'unique_violation then return true'),
    ],
  },
  {
    test: 'a search waits behind the deferred erasure of its user, that of another user is stored',
    mutations: [
      events(
        'record-events',
        'if exists (select from deferred_facts where rejection is null) then return false; end if;',
        '',
      ),
      events('defer-facts', 'where rejection is null', 'where rejection is not null'),
    ],
  },
  {
    test: 'a search of a bot whose clock runs ahead is stored and counted at the time of the server',
    mutations: [
      events('record-events', 'm, not_in_future(at), r', 'm, at, r'),
      events('record-events', 'local_day(not_in_future(at), p_tz)', 'local_day(at, p_tz)'),
    ],
  },
]

/** docs/sql-rules.md. */
export function sqlRulesPage(): string {
  const rows = sqlRules.map(({ test, mutations }) => {
    const files = [...new Set(mutations.map(m => m.file))]
    return `| ${test} | ${files.map(file => `[\`${file.split('/').at(-1)}\`](../src/${file})`).join(', ')} |`
  })
  return `${[
    '<!-- Written by `npm run mutation:sql -- --page` from scripts/sql-rules/rules.ts. Do not edit. -->',
    '# Rules in SQL',
    '',
    'Each rule is the name of its test in `test/sql-rules.test.ts`. `npm run mutation:sql` breaks every rule in a copy of the',
    'repository, in each of the files, and expects that test to fail. It takes minutes and is not part of CI; run it after a change',
    'of a rule. A new rule gets a test, and a row in `scripts/sql-rules/rules.ts`.',
    '',
    '| rule and test | where it is written |',
    '|---|---|',
    ...rows,
  ].join('\n')}\n`
}
