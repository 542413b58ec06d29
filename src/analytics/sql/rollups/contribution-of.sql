/* What these users contribute to the totals by days, each from p_froms[i] on, summed over users who share a row of the totals. */
create or replace function contribution_of(p_users bigint[], p_froms date[]) returns contribution
language plpgsql stable as $$
declare
  v contribution;
begin
  with given as materialized (
    select p.user_id, p.from_day, f.start_day, f.source, f.campaign
    from unnest(p_users, p_froms) as p (user_id, from_day) join user_firsts f on f.user_id = p.user_id
  ), days as (
    select d.*, p.source, p.start_day, p.campaign,
      case when d.events > 0 then coalesce(case when last.events > 0 then last.day
        else (select b.day from user_days b where b.user_id = d.user_id and b.day < last.day and b.events > 0
          order by b.day desc limit 1) end, '-infinity') end as previous_seen_day,
      case when d.sessions > 0 then coalesce(case when last.sessions > 0 then last.day
        else (select b.day from user_days b where b.user_id = d.user_id and b.day < last.day and b.sessions > 0
          order by b.day desc limit 1) end, '-infinity') end as previous_active_day,
      case when d.carts > 0 then coalesce(case when last.carts > 0 then last.day
        else (select b.day from user_days b where b.user_id = d.user_id and b.day < last.day and b.carts > 0
          order by b.day desc limit 1) end, '-infinity') end as previous_cart_day
    from given p
    join user_days d on d.user_id = p.user_id and d.day >= p.from_day
    left join lateral (
      select b.day, b.events, b.sessions, b.carts from user_days b
      where b.user_id = d.user_id and b.day < d.day order by b.day desc limit 1) last on true
  ), alike as materialized (
    select day, source, start_day, campaign, previous_seen_day, previous_active_day, previous_cart_day, count(*) as users,
      sum(sessions) as sessions, sum(carts) as carts, sum(priced_carts) as priced_carts, sum(labelled_carts) as labelled_carts,
      sum(gmv) as gmv, sum(first_carts) as first_carts, sum(searches) as searches, sum(errors) as errors, sum(messages) as messages,
      sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from days group by 1, 2, 3, 4, 5, 6, 7
  ), sums as (
    select day, source, start_day, campaign, 0 as starts, 0 as new_users,
      coalesce(sum(users) filter (where previous_active_day is not null), 0) as active,
      coalesce(sum(users) filter (where previous_active_day < greatest(start_day, date_trunc('week', day::timestamp)::date)), 0)
        as first_in_week,
      sum(sessions) as sessions, sum(carts) as carts, sum(priced_carts) as priced_carts, sum(labelled_carts) as labelled_carts,
      sum(gmv) as gmv, sum(first_carts) as first_carts,
      coalesce(sum(users) filter (where previous_cart_day is not null), 0) as buyers, sum(searches) as searches,
      sum(errors) as errors, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from alike
    group by day, source, start_day, campaign
    union all
    select start_day, source, start_day, campaign, 0, count(*), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    from given where start_day >= from_day
    group by start_day, source, campaign
    union all
    select s.day, null, null, s.slug, sum(s.starts), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    from unnest(p_users, p_froms) as p (user_id, from_day)
    join user_starts s on s.user_id = p.user_id and s.day >= p.from_day
    group by s.day, s.slug
  ), pairs as (
    select g.kind, g.source, d.day, e.since, sum(e.n * d.users) as n
    from alike d
    cross join lateral (values
      ('active', 'all', d.previous_active_day),
      ('seen', d.source, d.previous_seen_day),
      ('buyer', d.source, d.previous_cart_day)) as g (kind, source, previous_day)
    cross join lateral (values (d.day, 1), (g.previous_day, -1)) as e (since, n)
    where g.previous_day is not null and e.since > '-infinity'
    group by g.kind, g.source, d.day, e.since
  ), blocks as (
    select b.day, p.source, b.step, count(*) filter (where b.blocked), count(*) filter (where not b.blocked)
    from given p
    join bot_blocks b on b.user_id = p.user_id and b.day >= p.from_day
    group by b.day, p.source, b.step
  )
  select (select array_agg(row(s.*)::day_sums) from sums s), (select array_agg(row(t.*)::day_pair) from pairs t),
    (select array_agg(row(b.*)::day_blocks) from blocks b)
  into v.sums, v.pairs, v.blocks;
  return v;
end $$;
