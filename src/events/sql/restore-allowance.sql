/* Gives a user who registers again after erasure what save_allowance() stored: no new allowance, survey, invitation or unblocking. */
create or replace function restore_allowance(p_user bigint, p_hash bytea) returns void
language plpgsql as $$
begin
  update users u
  set cart_limit = e.carts_left,
      survey_completed_at = case when e.survey_completed then e.erased_at end,
      started_before_erasure = e.had_started,
      may_be_invited = false,
      blocked_at = e.blocked_at,
      block_reason = e.block_reason
  from erased_users e
  where u.user_id = p_user and e.id_hash = p_hash;
end $$;
