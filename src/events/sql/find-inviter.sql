/* The user that an invitation {code, userId} names; null when they do not exist or are the invited user. */
create or replace function find_inviter(p_invitation jsonb, p_user bigint) returns bigint
language plpgsql stable as $$
begin
  if p_invitation is null then return null; end if;
  return (
    select u.user_id from users u
    where u.user_id = coalesce(
        (select c.user_id from referral_codes c where c.code = p_invitation ->> 'code'),
        (p_invitation ->> 'userId')::bigint)
      and u.user_id <> p_user);
end $$;
