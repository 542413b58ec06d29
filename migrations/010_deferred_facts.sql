-- Facts of users whose erasure waits until nobody counts the totals: stored here in the order they came, and applied in it
-- by whoever counts next, so that one erasure holds up no other user's facts.
create table deferred_facts (
  position bigint generated always as identity primary key,
  user_id bigint not null,
  fact jsonb not null,                            -- as record_facts() takes it
  is_event boolean not null,                      -- a plain event, not a fact that changes state
  settings jsonb not null,
  rejection text                                  -- why PostgreSQL will never take it; such a row stays for the operator
);
