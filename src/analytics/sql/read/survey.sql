/* Answers of everyone until the end of p_to. */
create or replace function analytics.survey(p_to date) returns table (pmf text, useful_feature text, answers bigint)
language sql stable as $$
  select t.pmf, t.useful_feature, sum(t.n) from analytics.survey_totals t where t.day <= p_to
  group by t.pmf, t.useful_feature having sum(t.n) > 0
  order by t.pmf, t.useful_feature
$$;
