/* The part of add_days() for analytics.churn_totals. */
create or replace function add_churn_totals(p_before day_blocks[], p_after day_blocks[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.churn_totals as t (day, source, step, erased, blocks, unblocks)
  select day, source, step, p_erased, sum(sign * blocks), sum(sign * unblocks)
  from (select -1 as sign, b.* from unnest(p_before) b union all select 1, a.* from unnest(p_after) a) x
  group by day, source, step
  having sum(sign * blocks) <> 0 or sum(sign * unblocks) <> 0
  order by day, source, step
  on conflict (day, source, step, erased) do update set
    blocks = t.blocks + excluded.blocks, unblocks = t.unblocks + excluded.unblocks;
end $$;
