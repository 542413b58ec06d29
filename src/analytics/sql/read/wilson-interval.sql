/* 95 % interval of the share of p_hits among p_n (above 0), as src/analytics/wilson.ts calculates it. */
create or replace function analytics.wilson_interval(p_hits numeric, p_n numeric, out low numeric, out high numeric)
language sql immutable parallel safe as $$
  select greatest(0, (w.middle - w.half) / w.whole), least(1, (w.middle + w.half) / w.whole)
  from (
    select p_hits / p_n + power(1.959963984540054, 2) / (2 * p_n) as middle,
      1.959963984540054 * sqrt(p_hits / p_n * (1 - p_hits / p_n) / p_n + power(1.959963984540054, 2) / (4 * power(p_n, 2))) as half,
      1 + power(1.959963984540054, 2) / p_n as whole
    where p_n > 0
  ) w
$$;
