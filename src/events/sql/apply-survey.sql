create or replace function apply_survey(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  if v.survey_completed_at is not null or v.carts_created = 0 then
    update users set survey_progress = null where user_id = v_user;
    return jsonb_build_object('completed', false, 'needsCart', v.survey_completed_at is null, 'bonus', 0,
      'cartLimit', v.cart_limit);
  end if;
  update users set survey_completed_at = v_at, survey_progress = null, cart_limit = cart_limit + (s ->> 'survey_bonus')::int
  where user_id = v_user returning * into v;
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
  values ((f ->> 'id')::uuid, v_user, 'survey_completed', jsonb_build_object(
    'pmf', f -> 'pmf',
    'useful_feature', f -> 'usefulFeature',
    'feedback', left(f ->> 'feedback', 500),
    'carts_before_survey', v.carts_created,
    'days_since_registration', greatest(0, local_day(v_at, s ->> 'tz') - local_day(v.registered_at, s ->> 'tz'))), v_at, f ->> 'r');
  return jsonb_build_object('completed', true, 'needsCart', false, 'bonus', (s ->> 'survey_bonus')::int, 'cartLimit', v.cart_limit);
end $$;
