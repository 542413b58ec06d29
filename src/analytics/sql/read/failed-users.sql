/* Different users with a failed message in the period, whatever failed. */
create or replace function analytics.failed_users(p_from date, p_to date) returns bigint
language sql stable as $$
  select coalesce(sum(n), 0) from analytics.error_spans
  where error_type = 'all' and since >= p_from and since <= p_to and until <= p_to
$$;
