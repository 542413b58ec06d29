/* Distinct users at each step, of one source of the first /start or (null) of all; see recount_chains(). */
create or replace function analytics.funnel(p_from date, p_to date, p_source text default null)
returns table (step integer, stage text, users bigint)
language sql stable as $$
  select s.step, s.stage, analytics.users_in(s.stage, coalesce(p_source, 'all'), p_from, p_to)
  from (values (1, 'start'), (2, 'message'), (3, 'search'), (4, 'cart'), (5, 'limit'), (6, 'survey')) as s (step, stage)
  order by s.step
$$;
