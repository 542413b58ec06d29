/*
  Finds the paths of these users through the funnel again. Steps before p_days[i] stay; later ones are searched among the
  user's events from that day on, so that the whole history is never read. Users who are not in p_steps have only sessions and searches since:
  these change a path that had neither before.
*/
create or replace function recount_chains(p_users bigint[], p_days date[], p_steps bigint[], p_tz text) returns void
language plpgsql as $$
declare
  v_changed user_chains[];
  v_users bigint[];
  v_start_days date[];
begin
  with given as materialized (
    select p.user_id, p.day, p.since, f.source
    from users_since(p_users, p_days, p_tz) p
    left join unnest(p_steps) as s (user_id) on s.user_id = p.user_id
    join user_firsts f on f.user_id = p.user_id
    where s.user_id is not null or exists (select 1 from user_chains c
      where c.user_id = p.user_id and c.start_day < p.day
        and (coalesce(c.search_at, 'infinity') >= p.since or coalesce(c.message_at, 'infinity') >= p.since
          or c.source <> (select x.source from user_firsts x where x.user_id = c.user_id)))
  ), events as materialized (
    select p.user_id,
      array_agg(e.created_at) filter (where e.event_type = 'bot_start') as starts,
      array_agg(e.created_at) filter (where e.event_type = 'session_start') as messages,
      array_agg(e.created_at) filter (where e.event_type = 'product_search') as searches,
      array_agg(e.created_at) filter (where is_new_cart(e.event_type, e.metadata)) as carts,
      array_agg(e.created_at) filter (where e.event_type = 'cart_limit_reached') as limits,
      array_agg(e.created_at) filter (where e.event_type = 'survey_completed') as surveys
    from given p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since
    where e.event_type <> 'bot_error'
    group by p.user_id
  ), starts as (
    select p.user_id, s.day as start_day,
      coalesce(lag(s.day) over (partition by p.user_id order by s.day),
        (select max(c.start_day) from user_chains c where c.user_id = p.user_id and c.start_day < p.day),
        '-infinity') as previous_start_day,
      p.source, s.at as started_at, p.since
    from given p
    join events e on e.user_id = p.user_id and e.starts is not null
    cross join lateral (select local_day(t, p_tz) as day, min(t) as at from unnest(e.starts) as t
      where local_day(t, p_tz) >= p.day group by 1) s
  ), chains as (
    select user_id, start_day, previous_start_day, source, started_at, since, null::timestamptz as message_at,
      null::timestamptz as search_at, null::timestamptz as cart_at, null::timestamptz as limit_at, null::timestamptz as survey_at
    from starts
    union all
    select c.user_id, c.start_day, c.previous_start_day, p.source, c.started_at, p.since, c.message_at, c.search_at, c.cart_at,
      c.limit_at, c.survey_at
    from given p
    join user_chains c on c.user_id = p.user_id and c.start_day < p.day
    where c.survey_at is null or c.survey_at >= p.since or c.source <> p.source
  ), found as materialized (
    select c.user_id, c.start_day, c.previous_start_day, c.started_at, m.at as message_at, s.at as search_at, k.at as cart_at,
      l.at as limit_at, v.at as survey_at, c.source
    from chains c
    left join events e on e.user_id = c.user_id
    cross join lateral (select case when c.message_at < c.since then c.message_at
      else (select min(t) from unnest(e.messages) as t where t >= c.started_at) end as at) m
    cross join lateral (select case when c.search_at < c.since then c.search_at
      else (select min(t) from unnest(e.searches) as t where t >= m.at) end as at) s
    cross join lateral (select case when c.cart_at < c.since then c.cart_at
      else (select min(t) from unnest(e.carts) as t where t >= s.at) end as at) k
    cross join lateral (select case when c.limit_at < c.since then c.limit_at
      else (select min(t) from unnest(e.limits) as t where t >= k.at) end as at) l
    cross join lateral (select case when c.survey_at < c.since then c.survey_at
      else (select min(t) from unnest(e.surveys) as t where t >= l.at) end as at) v
  )
  select array_agg(row(n.*)::user_chains), array_agg(n.user_id), array_agg(n.start_day)
  into v_changed, v_users, v_start_days
  from found n
  left join user_chains c on c.user_id = n.user_id and c.start_day = n.start_day
  where row(n.*)::user_chains is distinct from c;
  if v_users is null then return; end if;

  perform add_chains(-1, v_users, v_start_days, false, p_tz);
  insert into user_chains select (unnest(v_changed)).*
  on conflict (user_id, start_day) do update set
    previous_start_day = excluded.previous_start_day, source = excluded.source, started_at = excluded.started_at,
    message_at = excluded.message_at, search_at = excluded.search_at, cart_at = excluded.cart_at,
    limit_at = excluded.limit_at, survey_at = excluded.survey_at;
  perform add_chains(1, v_users, v_start_days, false, p_tz);
end $$;
