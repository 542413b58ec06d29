/*
  The events of [p_from, p_to) as they stand in an archive, in its order. The pseudonym is null for events of a user who is not
  registered. A slug that is no campaign may be text of a user.
*/
create or replace function archived_events(p_from timestamptz, p_to timestamptz)
returns table (id uuid, pseudonym uuid, event_type text, metadata text, at text, request_id text, campaign text, synthetic boolean)
language sql stable as $$
  select e.id, a.pseudonym, e.event_type, archived_metadata(e.event_type, e.metadata)::text,
    to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00', e.request_id,
    (select c.slug from campaigns c where c.slug = e.campaign), coalesce(u.synthetic, false)
  from user_events e
  left join archive_pseudonyms a on a.user_id = e.user_id
  left join users u on u.user_id = e.user_id
  where e.created_at >= p_from and e.created_at < p_to
  order by e.created_at, e.id, a.pseudonym
$$;
