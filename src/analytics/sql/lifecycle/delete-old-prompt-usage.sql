/* Deletes what versions of the prompt did before p_first. These rows are written no more but by facts that come late. */
create or replace function delete_old_prompt_usage(p_first date) returns void
language sql as $$
  delete from prompt_usage where day < p_first;
  delete from analytics.prompt_spans where since < p_first
$$;
