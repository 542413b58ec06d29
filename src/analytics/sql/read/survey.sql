/* Answers of users with a cart until the end of p_to; in_pmf: two carts, and a session in the 30 days up to the answer. */
create or replace function analytics.survey(p_to date)
returns table (pmf text, useful_feature text, in_pmf boolean, answers bigint)
language sql stable as $$
  select t.pmf, t.useful_feature, t.in_pmf, sum(t.n) from analytics.survey_totals t where t.day <= p_to
  group by t.pmf, t.useful_feature, t.in_pmf having sum(t.n) > 0
  order by t.pmf, t.useful_feature, t.in_pmf desc
$$;
