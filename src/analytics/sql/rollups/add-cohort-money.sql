/* The part of add_days() for analytics.cohort_money: also what users did before their first /start. */
create or replace function add_cohort_money(p_sums day_sums[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.cohort_money as t (week, day, erased, carts, labelled_carts, gmv, cost_rub)
  select coalesce(date_trunc('week', start_day::timestamp)::date, '-infinity'), day, p_erased, sum(carts), sum(labelled_carts),
    sum(gmv), sum(cost_rub)
  from unnest(p_sums)
  group by 1, 2
  having (sum(carts), sum(labelled_carts), sum(gmv), sum(cost_rub)) <> (0, 0, 0, 0)
  order by 1, 2
  on conflict (week, day, erased) do update set
    carts = t.carts + excluded.carts,
    labelled_carts = t.labelled_carts + excluded.labelled_carts,
    gmv = t.gmv + excluded.gmv,
    cost_rub = t.cost_rub + excluded.cost_rub;
end $$;
