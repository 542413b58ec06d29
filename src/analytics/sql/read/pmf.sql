/* The share of «very» among the answers in PMF until the end of p_to, with its 95 % Wilson interval; nulls without answers. */
create or replace function analytics.pmf(p_to date, out answers bigint, out share numeric, out low numeric, out high numeric)
language sql stable as $$
  select a.answers, a.very / nullif(a.answers, 0), w.low, w.high
  from (
    select coalesce(sum(s.answers), 0)::bigint as answers, coalesce(sum(s.answers) filter (where s.pmf = 'very'), 0) as very
    from analytics.survey(p_to) s where s.in_pmf
  ) a
  left join lateral analytics.wilson_interval(a.very, a.answers) w on true
$$;
