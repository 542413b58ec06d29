/* Adds (p_sign 1) or subtracts (-1) these rows of user_errors. */
create or replace function add_errors(p_sign integer, p_rows user_errors[], p_erased boolean) returns void
language sql as $$
  insert into analytics.error_spans as t (error_type, upstream, since, until, erased, n, errors)
  select r.error_type, r.upstream, e.since, r.day, p_erased, p_sign * sum(e.n), p_sign * sum(e.errors)
  from unnest(p_rows) as r
  cross join lateral (values (r.day, 1, r.errors), (r.previous_day, -1, 0)) as e (since, n, errors)
  where e.since > '-infinity'
  group by r.error_type, r.upstream, e.since, r.day
  order by 1, 2, 3, 4
  on conflict (error_type, upstream, since, until, erased) do update
    set n = t.n + excluded.n, errors = t.errors + excluded.errors
$$;
