/* What a row of analytics.spans has at p_from and later. Null: nothing. */
create or replace function analytics.sum_since(p_from date, p_sinces date[], p_sums integer[]) returns integer
language sql immutable parallel safe as $$ select p_sums[width_bucket(p_from - 1, p_sinces) + 1] $$;
