/*
  The part of add_days() for analytics.campaign_totals; with p_campaign that campaign alone, as it is claimed. Only claimed
  slugs are counted: what is subtracted is what was added, since campaigns changes under the lock of the rollups.
*/
create or replace function add_campaign_totals(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean,
  p_campaign text default null) returns void
language plpgsql as $$
begin
  insert into analytics.campaign_totals as t (campaign, day, erased, starts, new_users, first_carts, carts, labelled_carts, gmv,
    messages, cost_rub)
  select x.campaign, x.day, p_erased, p_sign * sum(x.starts), p_sign * sum(x.new_users), p_sign * sum(x.first_carts),
    p_sign * sum(x.carts), p_sign * sum(x.labelled_carts), p_sign * sum(x.gmv), p_sign * sum(x.messages), p_sign * sum(x.cost_rub)
  from (
    select s.slug as campaign, s.day, s.starts, 0 as new_users, 0 as first_carts, 0 as carts, 0 as labelled_carts, 0 as gmv,
      0 as messages, 0 as cost_rub
    from unnest(p_users, p_froms) as p (user_id, from_day)
    join user_starts s on s.user_id = p.user_id and s.day >= p.from_day
    union all
    select f.campaign, f.start_day, 0, 1, 0, 0, 0, 0, 0, 0
    from unnest(p_users, p_froms) as p (user_id, from_day)
    join user_firsts f on f.user_id = p.user_id and f.start_day >= p.from_day
    union all
    select f.campaign, d.day, 0, 0, d.first_carts, d.carts, d.labelled_carts, d.gmv, d.messages, d.cost_rub
    from unnest(p_users, p_froms) as p (user_id, from_day)
    join user_firsts f on f.user_id = p.user_id and f.campaign is not null
    join user_days d on d.user_id = p.user_id and d.day >= p.from_day and (d.carts > 0 or d.messages > 0 or d.cost_rub > 0)
  ) x
  join campaigns c on c.slug = x.campaign and c.slug = coalesce(p_campaign, c.slug)
  group by x.campaign, x.day
  on conflict (campaign, day, erased) do update set
    starts = t.starts + excluded.starts,
    new_users = t.new_users + excluded.new_users,
    first_carts = t.first_carts + excluded.first_carts,
    carts = t.carts + excluded.carts,
    labelled_carts = t.labelled_carts + excluded.labelled_carts,
    gmv = t.gmv + excluded.gmv,
    messages = t.messages + excluded.messages,
    cost_rub = t.cost_rub + excluded.cost_rub;
end $$;
