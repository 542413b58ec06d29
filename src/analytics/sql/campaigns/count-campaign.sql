/* Adds what the users of a slug have contributed until now, as it becomes a campaign. The caller holds the lock of lock_rollups(). */
create or replace function count_campaign(p_slug text) returns void
language plpgsql as $$
declare
  v_users bigint[] := array(
    select user_id from user_firsts where campaign = p_slug union select user_id from user_starts where slug = p_slug);
begin
  perform add_campaign_totals((contribution_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)]))).sums, false, p_slug);
end $$;
