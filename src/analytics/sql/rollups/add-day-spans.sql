/* The part of add_days() for the distinct users of analytics.spans. */
create or replace function add_day_spans(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.spans as t (kind, source, day, erased, sinces, sums)
  select x.kind, x.source, x.day, p_erased, array_agg(x.since order by x.since), array_agg(x.sum order by x.since)
  from (
    select g.kind, g.source, d.day, e.since,
      (p_sign * sum(sum(e.n)) over (partition by g.kind, g.source, d.day order by e.since desc))::integer as sum
    from linked_days(p_users, p_froms) d
    join user_firsts f on f.user_id = d.user_id
    cross join lateral (values
      ('active', 'all', d.previous_active_day, d.active),
      ('seen', f.source, d.previous_seen_day, d.seen),
      ('buyer', f.source, d.previous_cart_day, d.bought)) as g (kind, source, previous_day, applies)
    cross join lateral (values (d.day, 1), (g.previous_day, -1)) as e (since, n)
    where g.applies and e.since > '-infinity'
    group by g.kind, g.source, d.day, e.since
    having sum(e.n) <> 0
  ) x
  group by x.kind, x.source, x.day
  order by 1, 2, 3
  on conflict (kind, source, day, erased) do update set (sinces, sums) =
    (select m.sinces, m.sums from add_sums(t.sinces, t.sums, excluded.sinces, excluded.sums) m);
end $$;
