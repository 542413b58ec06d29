/* Every day of the period; a day without events has zeros. */
create or replace function analytics.days(p_from date, p_to date)
returns table (date date, dau integer, new_users integer, sessions integer, carts integer, gmv numeric, searches integer,
  errors integer, messages integer, tokens bigint, cost_rub numeric)
language sql stable as $$
  select d::date, coalesce(s.dau, 0), coalesce(s.new_users, 0), coalesce(s.sessions, 0), coalesce(s.carts, 0),
    coalesce(s.gmv, 0), coalesce(s.searches, 0), coalesce(s.errors, 0), coalesce(s.messages, 0), coalesce(s.tokens, 0),
    coalesce(s.cost_rub, 0)
  from generate_series(p_from::timestamp, p_to::timestamp, interval '1 day') d
  left join analytics.daily s on s.date = d::date
  order by d
$$;
