/* Adds (p_sign 1) or subtracts (-1) what these users contribute to the totals by days, each from their p_froms on. */
create or replace function add_days(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
language plpgsql as $$
begin
  perform add_day_totals(p_sign, p_users, p_froms, p_erased);
  perform add_day_spans(p_sign, p_users, p_froms, p_erased);
  perform add_cohort_days(p_sign, p_users, p_froms, p_erased);
  perform add_campaign_totals(p_sign, p_users, p_froms, p_erased);
  perform add_churn_totals(p_sign, p_users, p_froms, p_erased);
  perform add_cohort_money(p_sign, p_users, p_froms, p_erased);
end $$;
