/* Takes over the day and the source of the first /start of these users. */
create or replace function recount_firsts(p_users bigint[], p_tz text) returns void
language plpgsql as $$
begin
  insert into user_firsts as f (user_id, start_day, source)
  select p.user_id, first_start_day(u, p_tz), coalesce(u.source, 'organic')
  from unnest(p_users) as p (user_id) left join users u on u.user_id = p.user_id
  on conflict (user_id) do update set start_day = excluded.start_day, source = excluded.source
  where f.start_day is distinct from excluded.start_day or f.source <> excluded.source;
end $$;
