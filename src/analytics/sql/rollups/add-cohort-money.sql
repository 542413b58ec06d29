/* The part of add_days() for analytics.cohort_money: also what users did before their first /start. */
create or replace function add_cohort_money(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.cohort_money as t (week, day, erased, carts, labelled_carts, gmv, cost_rub)
  select coalesce(date_trunc('week', f.start_day::timestamp)::date, '-infinity'), d.day, p_erased, p_sign * sum(d.carts),
    p_sign * sum(d.labelled_carts), p_sign * sum(d.gmv), p_sign * sum(d.cost_rub)
  from unnest(p_users, p_froms) as p (user_id, from_day)
  join user_days d on d.user_id = p.user_id and d.day >= p.from_day
  join user_firsts f on f.user_id = p.user_id
  where d.carts > 0 or d.cost_rub > 0
  group by 1, 2
  on conflict (week, day, erased) do update set
    carts = t.carts + excluded.carts,
    labelled_carts = t.labelled_carts + excluded.labelled_carts,
    gmv = t.gmv + excluded.gmv,
    cost_rub = t.cost_rub + excluded.cost_rub;
end $$;
