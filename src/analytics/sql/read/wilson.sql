/* 95 % Wilson interval of p_hits out of p_n, as src/analytics/wilson.ts calculates it; null out of 0. */
create or replace function analytics.wilson(p_hits bigint, p_n bigint, out low double precision, out high double precision)
language sql immutable as $$
  select greatest(0, (middle - half) / whole), least(1, (middle + half) / whole)
  from (select 1.959963984540054::double precision as z, nullif(p_n, 0)::double precision as n) g
  cross join lateral (select p_hits / n as share) s
  cross join lateral (
    select share + z ^ 2 / (2 * n) as middle, z * sqrt(share * (1 - share) / n + z ^ 2 / (4 * n ^ 2)) as half,
      1 + z ^ 2 / n as whole) w
$$;
