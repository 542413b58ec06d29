/* Takes p_before out of analytics.prompt_spans and adds p_after: null for nothing. */
create or replace function add_prompts(p_before analytics.prompt_spans[], p_after analytics.prompt_spans[]) returns void
language plpgsql as $$
begin
  insert into analytics.prompt_spans as t
  select prompt_version, since, until, sum(sign * users), sum(sign * sessions), sum(sign * messages), sum(sign * turns), sum(sign * carts),
    sum(sign * sessions_squared), sum(sign * carts_squared), sum(sign * carts_sessions), sum(sign * messages_squared), sum(sign * turns_squared),
    sum(sign * turns_messages), sum(sign * cost_rub), sum(sign * cost_squared), sum(sign * cost_carts)
  from (select -1 as sign, b.* from unnest(p_before) b union all select 1, a.* from unnest(p_after) a) x
  group by prompt_version, since, until
  having (sum(sign * users), sum(sign * sessions), sum(sign * messages), sum(sign * turns), sum(sign * carts), sum(sign * cost_rub))
      <> (0, 0, 0, 0, 0, 0)
    or (sum(sign * sessions_squared), sum(sign * carts_squared), sum(sign * carts_sessions), sum(sign * cost_squared))
      <> (0, 0, 0, 0)
    or (sum(sign * cost_carts), sum(sign * messages_squared), sum(sign * turns_squared), sum(sign * turns_messages))
      <> (0, 0, 0, 0)
  order by 1, 3, 2
  on conflict (prompt_version, until, since) do update set
    users = t.users + excluded.users,
    sessions = t.sessions + excluded.sessions,
    messages = t.messages + excluded.messages,
    turns = t.turns + excluded.turns,
    carts = t.carts + excluded.carts,
    sessions_squared = t.sessions_squared + excluded.sessions_squared,
    carts_squared = t.carts_squared + excluded.carts_squared,
    carts_sessions = t.carts_sessions + excluded.carts_sessions,
    messages_squared = t.messages_squared + excluded.messages_squared,
    turns_squared = t.turns_squared + excluded.turns_squared,
    turns_messages = t.turns_messages + excluded.turns_messages,
    cost_rub = t.cost_rub + excluded.cost_rub,
    cost_squared = t.cost_squared + excluded.cost_squared,
    cost_carts = t.cost_carts + excluded.cost_carts;
end $$;
