/* The change of a sum or mean that is made of p_n things: its interval is as wide, in proportion, as that of their count. */
create or replace function analytics.amount_change(p_amount numeric, p_n numeric, p_before numeric, p_before_n numeric) returns text
language sql immutable parallel safe as $$
  select coalesce((
    select analytics.show_change(p_amount, n.low * e.now, n.high * e.now, p_before, b.low * e.before, b.high * e.before)
    from analytics.poisson_interval(p_n) n, analytics.poisson_interval(p_before_n) b,
      lateral (select
        case when p_n > 0 then p_amount / p_n else p_before / greatest(p_before_n, 1) end as now,
        case when p_before_n > 0 then p_before / p_before_n else p_amount / greatest(p_n, 1) end as before) e
  ), '—')
$$;
