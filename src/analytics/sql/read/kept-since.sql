/* The first day whose events are all stored, here or in an archive: earlier ones have totals at most. Today in an empty database. */
create or replace function analytics.kept_since() returns date
language sql stable security definer set search_path = public, pg_temp as $$
  select greatest(coalesce(min(d.date), analytics.today()), first_kept_day((select s.time_zone from rollup_state s)))
  from daily_stats d
  where (d.dau, d.new_users, d.carts_created, d.searches, d.errors, d.messages, d.llm_calls) <> (0, 0, 0, 0, 0, 0, 0)
$$;
