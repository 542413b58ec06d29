/*
  Deletes slugs that are no campaign, that fewer than 3 users sent, and whose last /start was before p_first: they may be text
  of a user. No total changes.
*/
create or replace function delete_old_slugs(p_first date) returns void
language plpgsql as $$
declare
  v_slugs text[] := array(
    select slug from user_starts s
    where not exists (select 1 from campaigns c where c.slug = s.slug) and s.slug not in ('habr', 'vc', 'telegram')
    group by slug having count(distinct user_id) < 3 and max(day) < p_first);
begin
  if v_slugs = '{}' then return; end if;
  update users u set campaign = null from user_starts s
  where s.slug = any (v_slugs) and u.user_id = s.user_id and u.campaign = s.slug;
  update user_firsts set campaign = null where campaign = any (v_slugs);
  delete from user_starts where slug = any (v_slugs);
end $$;
