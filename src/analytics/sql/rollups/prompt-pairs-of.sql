/*
  What these users contribute to analytics.prompt_spans: the pairs of days whose later one is p_froms[i] or after it. Pairs of other
  days are the same before and after a change of these.
*/
create or replace function prompt_pairs_of(p_users bigint[], p_froms date[]) returns analytics.prompt_spans[]
language plpgsql stable as $$
begin
  return (
    with pairs as (
      select l.prompt_version, e.day as since, l.day as until, e.day = l.day as same,
        row_number() over (partition by l.user_id, l.prompt_version, l.day order by e.day desc) as place, -- the day itself, the one before
        case when e.day = l.day then 1 else 2 end as times, l.sessions::bigint as s, e.sessions::bigint as s0,
        l.messages::bigint as m, e.messages::bigint as m0, l.turns::bigint as t, e.turns::bigint as t0, l.carts::bigint as k,
        e.carts::bigint as k0, l.cost_rub as c, e.cost_rub as c0
      from unnest(p_users, p_froms) as p (user_id, from_day)
      join prompt_usage l on l.user_id = p.user_id and l.day >= p.from_day
      join prompt_usage e on e.user_id = l.user_id and e.prompt_version = l.prompt_version and e.day <= l.day
      where not exists (select 1 from uncounted_users u where u.user_id = p.user_id)
    )
    select array_agg(row(x.*)::analytics.prompt_spans)
    from (
      select prompt_version, since, until, sum(case place when 1 then 1 when 2 then -1 else 0 end),
        coalesce(sum(s) filter (where same), 0), coalesce(sum(m) filter (where same), 0), coalesce(sum(t) filter (where same), 0),
        coalesce(sum(k) filter (where same), 0),
        sum(times * s * s0), sum(times * k * k0), sum(case when same then k * s else k * s0 + k0 * s end), sum(times * m * m0), sum(times * t * t0),
        sum(case when same then t * m else t * m0 + t0 * m end),
        coalesce(sum(c) filter (where same), 0), sum(times * c * c0), sum(case when same then c * k else c * k0 + c0 * k end)
      from pairs
      group by prompt_version, since, until
    ) x
  );
end $$;
