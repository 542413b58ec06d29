/*
  The table of that name without the user an event is of, and without references to users and what they may have put in
  words: for queries that count events by themselves, as those of the plan do.
*/
create or replace view analytics.user_events as
select e.event_type, e.metadata - array['referrer_id', 'feedback', 'query', 'affiliate_tag'] as metadata, e.created_at, e.request_id
from user_events e
where e.user_id not in (select u.user_id from uncounted_users u);
