/* 95 % interval of the share of p_hits among p_n (above 0), as src/analytics/wilson.ts calculates it; nulls without any. A plan may
   calculate the divisions before it looks at the condition. */
create or replace function analytics.wilson_interval(p_hits numeric, p_n numeric, out low numeric, out high numeric)
language sql immutable parallel safe as $$
  select greatest(0, (w.middle - w.half) / w.whole), least(1, (w.middle + w.half) / w.whole)
  from (
    select p_hits / nullif(p_n, 0) + power(1.959963984540054, 2) / (2 * nullif(p_n, 0)) as middle,
      1.959963984540054 * sqrt(p_hits / nullif(p_n, 0) * (1 - p_hits / nullif(p_n, 0)) / nullif(p_n, 0) + power(1.959963984540054, 2) / (4 * power(nullif(p_n, 0), 2))) as half,
      1 + power(1.959963984540054, 2) / nullif(p_n, 0) as whole
    where p_n > 0
  ) w
$$;
