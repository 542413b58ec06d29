/* The change of a share, p_n of p_of, by Wilson intervals. */
create or replace function analytics.share_change(p_n numeric, p_of numeric, p_before_n numeric, p_before_of numeric) returns text
language sql immutable parallel safe as $$
  select coalesce((
    select analytics.show_change(p_n / nullif(p_of, 0), n.low, n.high, p_before_n / nullif(p_before_of, 0), b.low, b.high)
    from analytics.wilson_interval(p_n, p_of) n, analytics.wilson_interval(p_before_n, p_before_of) b
  ), '—')
$$;
