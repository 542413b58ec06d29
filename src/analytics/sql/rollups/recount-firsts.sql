/* Stores the day, the source and the campaign of the first /start of users. */
create or replace function recount_firsts(p_firsts user_firsts[]) returns void
language plpgsql as $$
begin
  insert into user_firsts as f (user_id, start_day, source, campaign)
  select p.user_id, p.start_day, p.source, p.campaign from unnest(p_firsts) as p
  on conflict (user_id) do update set start_day = excluded.start_day, source = excluded.source, campaign = excluded.campaign;
end $$;
