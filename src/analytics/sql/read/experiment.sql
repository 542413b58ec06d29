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
  with of_users as (
    select p.prompt_version, p.user_id, min(p.day) as first_day, max(p.day) as last_day, sum(p.sessions) as s,
      sum(p.messages) as m, sum(p.turns) as t, sum(p.cost_rub) as c, sum(p.carts) as k
    from prompt_usage p
    where p.day >= p_from and p.day <= p_to and p.user_id not in (select u.user_id from uncounted_users u)
    group by p.prompt_version, p.user_id
  ), ratings as (
    select r.prompt_version, sum(r.carts)::bigint as rated, coalesce(sum(r.carts) filter (where r.rating = 'up'), 0)::bigint as up
    from analytics.cart_ratings(p_from, p_to) r
    group by r.prompt_version
  )
  select o.prompt_version, min(o.first_day), max(o.last_day), count(*), sum(o.s), sum(o.m), sum(o.t), sum(o.c), sum(o.k),
    coalesce(max(r.rated), 0), coalesce(max(r.up), 0), sum(o.s * o.s), sum(o.k * o.k), sum(o.k * o.s), sum(o.c * o.c),
    sum(o.c * o.k), sum(o.m * o.m), sum(o.t * o.t), sum(o.t * o.m)
  from of_users o
  left join ratings r on r.prompt_version = o.prompt_version
  group by o.prompt_version
  order by count(*) desc, o.prompt_version
$$;
