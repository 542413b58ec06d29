/* The funnel of the users whose conversion window is over: who came how far within it, also after the end of the period. */
create or replace function analytics.funnel_window(p_from date, p_to date, p_source text default null, p_window integer default 7,
  p_today date default analytics.today())
returns table (step integer, stage text, users bigint)
language sql stable as $$
  select s.step, s.stage, case s.stage when 'start'
    then analytics.users_in('start', coalesce(p_source, 'all'), p_from, least(p_to, p_today - p_window))
    else (select coalesce(sum(x.n), 0)
      from (select unnest(trim_array(l.sinces, w.n)) as since, unnest(trim_array(l.ns, w.n)) as n -- as columns: half the time of a join
        from analytics.funnel_lags l
        cross join lateral (select cardinality(l.days) - width_bucket((p_window - 1)::smallint, l.days)) as w (n) -- later ones
        where l.stage = s.stage and l.source = coalesce(p_source, 'all')
          and l.start_day >= p_from and l.start_day <= least(p_to, p_today - p_window)) x
      where x.since >= p_from) end
  from (values (1, 'start'), (2, 'message'), (3, 'search'), (4, 'cart'), (5, 'limit'), (6, 'survey')) as s (step, stage)
  order by s.step
$$;
