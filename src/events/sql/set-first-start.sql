/*
  Stores the time, the source, the inviter (null: not linked) and the campaign (null: none) of the user's first /start, and
  returns the user. A later one changes nothing; an earlier one may arrive later, after a wait on disk.
*/
create or replace function set_first_start(v users, p_at timestamptz, p_source text, p_inviter bigint, p_campaign text)
returns users
language plpgsql as $$
begin
  if p_at >= v.started_at then return v; end if;
  update users set
    started_at = p_at,
    source = p_source,
    campaign = p_campaign,
    invited_by = coalesce(p_inviter, invited_by),
    may_be_invited = may_be_invited and p_inviter is null
  where user_id = v.user_id returning * into v;
  return v;
end $$;
