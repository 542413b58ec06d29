/* A consent, or with version null its withdrawal. */
create or replace function apply_consent(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v users;
begin
  v := lock_user((f ->> 'u')::bigint, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  update users set
    consent_version = f ->> 'version',
    consent_at = case when f ->> 'version' is null then consent_at else v_at end,
    consent_method = case when f ->> 'version' is null then consent_method else f ->> 'method' end,
    consent_withdrawn_at = case when f ->> 'version' is null then v_at end
  where user_id = v.user_id returning * into v;
  return user_state(v, v_at, s ->> 'tz');
end $$;
