/* The part of add_days() for analytics.churn_totals. */
create or replace function add_churn_totals(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.churn_totals as t (day, source, step, erased, blocks, unblocks)
  select b.day, f.source, b.step, p_erased, p_sign * count(*) filter (where b.blocked), p_sign * count(*) filter (where not b.blocked)
  from unnest(p_users, p_froms) as p (user_id, from_day)
  join bot_blocks b on b.user_id = p.user_id and b.day >= p.from_day
  join user_firsts f on f.user_id = p.user_id
  group by b.day, f.source, b.step
  on conflict (day, source, step, erased) do update set
    blocks = t.blocks + excluded.blocks, unblocks = t.unblocks + excluded.unblocks;
end $$;
