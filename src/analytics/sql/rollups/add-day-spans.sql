/* The part of add_days() for the distinct users of analytics.spans. */
create or replace function add_day_spans(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.spans as t (kind, source, since, until, erased, n)
  select g.kind, g.source, e.since, d.day, p_erased, p_sign * sum(e.n)
  from unnest(p_users, p_froms) as p (user_id, from_day)
  join user_days d on d.user_id = p.user_id and d.day >= p.from_day
  join user_firsts f on f.user_id = p.user_id
  cross join lateral (values
    ('active', 'all', d.previous_active_day, d.sessions > 0),
    ('seen', f.source, d.previous_seen_day, d.events > 0),
    ('buyer', f.source, d.previous_cart_day, d.carts > 0)) as g (kind, source, previous_day, applies)
  cross join lateral (values (d.day, 1), (g.previous_day, -1)) as e (since, n)
  where g.applies and e.since > '-infinity'
  group by g.kind, g.source, e.since, d.day
  having sum(e.n) <> 0
  on conflict (kind, source, since, until, erased) do update set n = t.n + excluded.n;
end $$;
