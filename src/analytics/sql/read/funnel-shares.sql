/* The funnel with each stage as a share of the one before and of the first, and how many users went no further. */
create or replace function analytics.funnel_shares(p_from date, p_to date, p_source text default null)
returns table (step integer, stage text, users bigint, of_previous numeric, of_first numeric, lost bigint)
language sql stable as $$
  select f.step, f.stage, f.users,
    f.users::numeric / nullif(lag(f.users) over steps, 0),
    f.users::numeric / nullif(first_value(f.users) over steps, 0),
    f.users - lead(f.users) over steps
  from analytics.funnel(p_from, p_to, p_source) f
  window steps as (order by f.step)
  order by f.step
$$;
