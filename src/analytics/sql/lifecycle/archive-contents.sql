/*
  What a file with archived_events() of [p_from, p_to) holds: the number of rows and the sum of their checksums, whatever their
  order. src/analytics/archive/archive-file.ts calculates the same of a file.
*/
create or replace function archive_contents(p_from timestamptz, p_to timestamptz) returns text
language sql stable as $$
  select count(*) || ':' || coalesce(sum(('x' || left(md5(concat_ws('|', id, coalesce(pseudonym::text, ''), event_type, metadata,
    at, coalesce(request_id, ''), coalesce(campaign, ''), synthetic)), 15))::bit(60)::bigint), 0)
  from archived_events(p_from, p_to)
$$;
