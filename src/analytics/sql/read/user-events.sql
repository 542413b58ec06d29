/*
  The table user_events without the user and what public_metadata() removes, for readers whose queries count events
  themselves.
*/
create or replace view analytics.user_events as
select e.event_type, public_metadata(e.metadata) as metadata, e.created_at, e.request_id
from user_events e
where e.user_id not in (select u.user_id from uncounted_users u);
