/*
  The part of add_days() for analytics.campaign_totals; with p_campaign that campaign alone, as it is claimed. Only claimed
  slugs are counted: what is subtracted is what was added, since campaigns changes under the lock of the rollups.
*/
create or replace function add_campaign_totals(p_sums day_sums[], p_erased boolean, p_campaign text default null) returns void
language plpgsql as $$
begin
  insert into analytics.campaign_totals as t (campaign, day, erased, starts, new_users, first_carts, carts, labelled_carts, gmv,
    messages, cost_rub)
  select s.campaign, s.day, p_erased, sum(s.starts), sum(s.new_users), sum(s.first_carts), sum(s.carts), sum(s.labelled_carts),
    sum(s.gmv), sum(s.messages), sum(s.cost_rub)
  from unnest(p_sums) s
  join campaigns c on c.slug = s.campaign and c.slug = coalesce(p_campaign, c.slug)
  group by s.campaign, s.day
  having (sum(s.starts), sum(s.new_users), sum(s.carts), sum(s.messages)) <> (0, 0, 0, 0) or (sum(s.gmv), sum(s.cost_rub)) <> (0, 0)
    or (sum(s.first_carts), sum(s.labelled_carts)) <> (0, 0)
  order by s.campaign, s.day
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
