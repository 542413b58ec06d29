/* Metadata of an event without references to users and without text that users may have written. */
create or replace function public_metadata(p_metadata jsonb) returns jsonb
language sql immutable parallel safe as $$
  select p_metadata - array['referrer_id', 'feedback', 'query', 'affiliate_tag']
$$;
