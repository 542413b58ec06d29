/* Counts the totals of the versions of the prompt again. */
create or replace function recount_prompts() returns void
language plpgsql as $$
declare
  v_users bigint[] := array(select distinct user_id from prompt_usage);
begin
  delete from analytics.prompt_spans;
  perform add_prompts(null, prompt_pairs_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])));
end $$;
