/* Takes over the day, the source and the campaign of the first /start of these users. */
create or replace function recount_firsts(p_users bigint[], p_tz text) returns void
language plpgsql as $$
begin
  insert into user_firsts as f (user_id, start_day, source, campaign)
  select p.user_id, first_start_day(u, p_tz), coalesce(u.source, 'organic'), u.campaign
  from unnest(p_users) as p (user_id) left join users u on u.user_id = p.user_id
  on conflict (user_id) do update set start_day = excluded.start_day, source = excluded.source, campaign = excluded.campaign
  where (f.start_day, f.source, f.campaign) is distinct from (excluded.start_day, excluded.source, excluded.campaign);
end $$;
