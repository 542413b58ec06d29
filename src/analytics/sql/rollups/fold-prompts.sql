/*
  Adds at most p_limit rows of prompt_changes to prompt_usage and its totals; returns how many they were. The caller holds the lock of
  lock_rollups().
*/
create or replace function fold_prompts(p_limit integer) returns integer
language plpgsql as $$
declare
  v_taken integer;
  v_changed prompt_usage[];
  v_users bigint[];
  v_froms date[];
  v_before analytics.prompt_spans[];
begin
  with taken as (
    delete from prompt_changes where ctid = any (array(select ctid from prompt_changes limit p_limit)) returning *
  ), changed as (
    select user_id, day, sum(messages)::integer, sum(turns)::integer, sum(sessions)::smallint, sum(carts)::smallint, sum(cost_rub),
      prompt_version
    from taken group by user_id, day, prompt_version order by user_id, day, prompt_version
  )
  select (select count(*) from taken), array_agg(row(c.*)::prompt_usage) into v_taken, v_changed from changed c;
  if v_taken = 0 then return 0; end if;

  select array_agg(user_id), array_agg(day) into v_users, v_froms
  from (select user_id, min(day) as day from unnest(v_changed) group by user_id) x;
  v_before := prompt_pairs_of(v_users, v_froms);
  insert into prompt_usage as t select (unnest(v_changed)).*
  on conflict (user_id, day, prompt_version) do update set
    sessions = t.sessions + excluded.sessions,
    messages = t.messages + excluded.messages,
    turns = t.turns + excluded.turns,
    cost_rub = t.cost_rub + excluded.cost_rub,
    carts = t.carts + excluded.carts;
  perform add_prompts(v_before, prompt_pairs_of(v_users, v_froms));
  return v_taken;
end $$;
