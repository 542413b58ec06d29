/* The 20 latest fact ids of a user, with p_id as the latest. */
create or replace function latest_ids(p_ids uuid[], p_id uuid) returns uuid[]
language sql immutable parallel safe as $$
  select trim_array(array[p_id] || p_ids, greatest(0, cardinality(p_ids) - 19))
$$;
