/*
  Slugs of /start that are no campaign and no source, most users first. Only those that at least 3 users sent: anything can be
  typed behind /start.
*/
create or replace function unclaimed_slugs()
returns table (slug text, users bigint, starts bigint, last_day date)
language sql stable as $$
  select s.slug, count(distinct s.user_id), sum(s.starts), max(s.day)
  from user_starts s
  where not exists (select 1 from campaigns c where c.slug = s.slug) and s.slug not in ('habr', 'vc', 'telegram')
  group by s.slug
  having count(distinct s.user_id) >= 3
  order by 2 desc, s.slug collate "C"
$$;
