/* Adds (p_sign 1) or subtracts (-1) the survey answers of these users. */
create or replace function add_answers(p_sign integer, p_users bigint[], p_erased boolean) returns void
language sql as $$
  insert into analytics.survey_totals as t (day, pmf, useful_feature, in_pmf, erased, n)
  select day, pmf, useful_feature, in_pmf, p_erased, p_sign * count(*) from survey_answers where user_id = any (p_users)
  group by day, pmf, useful_feature, in_pmf
  on conflict (day, pmf, useful_feature, in_pmf, erased) do update set n = t.n + excluded.n
$$;
