/*
  Applies the deferred facts of p_limit users in the order of arrival. The caller holds the lock of lock_rollups(). A fact
  with an impossible value stays with the reason, except an erasure, which was promised; after any other failure the fact,
  and what follows it of the same user, waits for the next attempt. Neither blocks other users.
*/
create or replace function apply_deferred_facts(p_limit integer default 50) returns void
language plpgsql as $$
declare
  v_rows deferred_facts[];
  v_waiting bigint[] := '{}';
  d deferred_facts;
begin
  with taken as (
    delete from deferred_facts
    where rejection is null and user_id in (
      select user_id from deferred_facts where rejection is null group by user_id order by min(position) limit p_limit)
    returning *
  )
  select array_agg(row(t.*)::deferred_facts order by t.position) into v_rows from taken t;
  foreach d in array coalesce(v_rows, '{}') loop
    if d.user_id = any (v_waiting) then
      insert into deferred_facts overriding system value values (d.*);
      continue;
    end if;
    begin
      if d.is_event then perform record_facts(gen_random_uuid(), '[]', jsonb_build_array(d.fact), d.settings);
      else perform record_facts(gen_random_uuid(), jsonb_build_array(d.fact), '[]', d.settings);
      end if;
    exception when others then
      if left(sqlstate, 2) in ('22', '23') and d.fact ->> 'k' is distinct from 'erase' then
        insert into deferred_facts (user_id, fact, is_event, settings, rejection)
        values (d.user_id, d.fact, d.is_event, d.settings, sqlerrm);
      else
        raise warning 'a deferred fact waits: SQLSTATE %', sqlstate;
        v_waiting := v_waiting || d.user_id;
        insert into deferred_facts overriding system value values (d.*);
      end if;
    end;
  end loop;
end $$;
