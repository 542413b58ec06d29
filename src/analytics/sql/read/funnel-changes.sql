/*
  The funnel with its shares, the users of the period of equal length before, and the change: of the first step's users, of
  the other steps' share of the one before (see analytics.compared_periods).
*/
create or replace function analytics.funnel_changes(p_from date, p_to date, p_source text default null)
returns table (step integer, stage text, users bigint, of_previous numeric, of_first numeric, lost bigint, before bigint, change text)
language sql stable as $$
  select f.step, f.stage, f.users, f.of_previous, f.of_first, f.lost, b.users,
    case when p_from >= analytics.today() then 'день ещё идёт' else coalesce(case when f.step = 1
      then analytics.count_change(c.users, c.before)
      else analytics.share_change(c.users, c.of, c.before, c.before_of) end, '—') end
  from analytics.funnel_shares(p_from, p_to, p_source) f
  left join analytics.funnel(p_from - (p_to - p_from + 1), p_from - 1, p_source) b
    on b.step = f.step and p_from - 1 >= analytics.kept_since()
  left join (
    select n.step, n.users, lag(n.users) over steps as of, o.users as before, lag(o.users) over steps as before_of
    from analytics.compared_periods(p_from, p_to) p
    cross join lateral analytics.funnel(p.now_from, p.now_to, p_source) n
    join lateral analytics.funnel(p.before_from, p.before_to, p_source) o on o.step = n.step
    window steps as (order by n.step)
  ) c on c.step = f.step
  order by f.step
$$;
