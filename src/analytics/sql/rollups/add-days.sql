/*
  Takes p_before out of the totals by days and adds p_after to them: null for nothing. What is in both is not touched. Returns the
  days whose sums changed.
*/
create or replace function add_days(p_before contribution, p_after contribution, p_erased boolean) returns date[]
language plpgsql as $$
declare
  v_sums day_sums[];
begin
  with changed as (
    select -1 as sign, b.* from (select * from unnest(p_before.sums) except all select * from unnest(p_after.sums)) b
    union all
    select 1, a.* from (select * from unnest(p_after.sums) except all select * from unnest(p_before.sums)) a
  )
  select array_agg(row(x.*)::day_sums) into v_sums
  from (
    select day, source, start_day, campaign, sum(sign * starts), sum(sign * new_users), sum(sign * active),
      sum(sign * first_in_week), sum(sign * sessions), sum(sign * carts), sum(sign * priced_carts), sum(sign * labelled_carts),
      sum(sign * gmv), sum(sign * first_carts), sum(sign * buyers), sum(sign * searches), sum(sign * errors), sum(sign * messages),
      sum(sign * llm_calls), sum(sign * tokens), sum(sign * cost_rub)
    from changed group by day, source, start_day, campaign
  ) x;
  if v_sums is not null then
    perform add_day_totals(v_sums, p_erased);
    perform add_cohort_days(v_sums, p_erased);
    perform add_cohort_money(v_sums, p_erased);
    perform add_campaign_totals(v_sums, p_erased);
  end if;
  perform add_day_spans(p_before.pairs, p_after.pairs, p_erased);
  perform add_churn_totals(p_before.blocks, p_after.blocks, p_erased);
  return array(select distinct day from unnest(v_sums) where source is not null);
end $$;
