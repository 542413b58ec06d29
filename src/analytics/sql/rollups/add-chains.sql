/* Adds (p_sign 1) or subtracts (-1) the paths through the funnel that begin on p_start_days[i] of p_users[i]. */
create or replace function add_chains(p_sign integer, p_users bigint[], p_start_days date[], p_erased boolean, p_tz text) returns void
language sql as $$
  with steps as materialized (
    select g.stage, o.source, e.since, c.start_day, local_day(g.at, p_tz) as day, p_sign * sum(e.n)::integer as n
    from unnest(p_users, p_start_days) as p (user_id, start_day)
    join user_chains c on c.user_id = p.user_id and c.start_day = p.start_day
    cross join lateral (values ('start', c.started_at), ('message', c.message_at), ('search', c.search_at), ('cart', c.cart_at),
      ('limit', c.limit_at), ('survey', c.survey_at)) as g (stage, at)
    cross join lateral (values (c.start_day, 1), (c.previous_start_day, -1)) as e (since, n)
    cross join lateral (values (c.source), ('all')) as o (source)
    where g.at is not null and e.since > '-infinity'
    group by 1, 2, 3, 4, 5
  ), spans as (
    insert into analytics.spans as t (kind, source, day, erased, sinces, sums)
    select stage, source, day, p_erased, array_agg(since order by since), array_agg(sum order by since)
    from (
      select stage, source, day, since,
        (sum(sum(n)) over (partition by stage, source, day order by since desc))::integer as sum
      from steps group by stage, source, day, since having sum(n) <> 0
    ) x
    group by stage, source, day
    order by 1, 2, 3
    on conflict (kind, source, day, erased) do update set (sinces, sums) =
      (select m.sinces, m.sums from add_sums(t.sinces, t.sums, excluded.sinces, excluded.sums) m)
  )
  insert into analytics.funnel_lags as t (stage, source, start_day, erased, sinces, days, ns)
  select stage, source, start_day, p_erased, array_agg(since order by day), array_agg((day - start_day)::smallint order by day),
    array_agg(n order by day)
  from steps where stage <> 'start' and day - start_day < 90 and n <> 0
  group by stage, source, start_day
  order by 1, 2, 3
  on conflict (stage, source, start_day, erased) do update set (sinces, days, ns) =
    (select m.sinces, m.days, m.ns from add_lags(t.sinces, t.days, t.ns, excluded.sinces, excluded.days, excluded.ns) m)
$$;
