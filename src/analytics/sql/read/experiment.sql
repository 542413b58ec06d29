/*
  What each version of the prompt did in a period, and the second moments over users that the intervals of its ratios need. The
  users are those who have not been erased. Ratings are those of carts that the version made, given in the period.
*/
create or replace function analytics.experiment(p_from date, p_to date)
returns table (prompt_version text, first_day date, last_day date, users bigint, sessions bigint, messages bigint,
  turns bigint, cost_rub numeric, carts bigint, rated bigint, up bigint, sessions_squared bigint, carts_squared bigint,
  carts_sessions bigint, cost_squared numeric, cost_carts numeric, messages_squared bigint, turns_squared bigint,
  turns_messages bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  with versions as (
    select p.prompt_version, min(p.until) filter (where p.since = p.until and p.users > 0) as first_day,
      max(p.until) filter (where p.since = p.until and p.users > 0) as last_day, sum(p.users) as users, sum(p.sessions) as sessions,
      sum(p.messages) as messages, sum(p.turns) as turns, sum(p.cost_rub) as cost_rub, sum(p.carts) as carts,
      sum(p.sessions_squared) as sessions_squared, sum(p.carts_squared) as carts_squared, sum(p.carts_sessions) as carts_sessions,
      sum(p.cost_squared) as cost_squared, sum(p.cost_carts) as cost_carts, sum(p.messages_squared) as messages_squared,
      sum(p.turns_squared) as turns_squared, sum(p.turns_messages) as turns_messages
    from analytics.prompt_spans p
    where p.since >= p_from and p.until <= p_to
    group by p.prompt_version
    having sum(p.users) > 0
  ), ratings as (
    select r.prompt_version, sum(r.carts)::bigint as rated, coalesce(sum(r.carts) filter (where r.rating = 'up'), 0)::bigint as up
    from analytics.cart_ratings(p_from, p_to) r
    group by r.prompt_version
  )
  select v.prompt_version, v.first_day, v.last_day, v.users, v.sessions, v.messages, v.turns, v.cost_rub, v.carts,
    coalesce(r.rated, 0), coalesce(r.up, 0), v.sessions_squared, v.carts_squared, v.carts_sessions, v.cost_squared, v.cost_carts,
    v.messages_squared, v.turns_squared, v.turns_messages
  from versions v
  left join ratings r on r.prompt_version = v.prompt_version
  order by v.users desc, v.prompt_version
$$;
