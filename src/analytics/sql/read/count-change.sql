/* The change of a count, by Poisson intervals. */
create or replace function analytics.count_change(p_now numeric, p_before numeric) returns text
language sql immutable parallel safe as $$
  select coalesce((
    select analytics.show_change(p_now, n.low, n.high, p_before, b.low, b.high)
    from analytics.poisson_interval(p_now) n, analytics.poisson_interval(p_before) b
  ), '—')
$$;
