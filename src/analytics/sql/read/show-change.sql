/*
  How a number differs from the one before, in the words of src/analytics/change.ts: both with the limits of their 95 %
  interval; noise where these overlap.
*/
create or replace function analytics.show_change(p_now numeric, p_low numeric, p_high numeric, p_before numeric,
  p_before_low numeric, p_before_high numeric) returns text
language sql immutable parallel safe as $$
  select case
    when p_now is null or p_before is null then '—'
    when p_low <= p_before_high and p_before_low <= p_high then '≈ в пределах шума'
    when p_before = 0 then '▲ раньше не было'
    when p_now / p_before >= 3 then '▲ ×' || analytics.show_tenths(p_now / p_before)
    else case when p_now > p_before then '▲ ' else '▼ ' end
      || analytics.show_tenths(abs(p_now / p_before - 1) * 100, 0) || chr(160) || '%'
  end
$$;
