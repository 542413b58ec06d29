/* A completed survey. It counts, and raises the allowance by the bonus, once per user and only after a cart. */
create or replace function apply_survey(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_bonus integer := (s ->> 'survey_bonus')::int;
  v users;
begin
  v := lock_user((f ->> 'u')::bigint, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  if v.survey_completed_at is not null or v.carts_created = 0 then
    update users set survey_progress = null where user_id = v.user_id;
    return jsonb_build_object('completed', false, 'needsCart', v.survey_completed_at is null, 'bonus', 0,
      'cartLimit', v.cart_limit);
  end if;

  update users set survey_completed_at = v_at, survey_progress = null, cart_limit = cart_limit + v_bonus
  where user_id = v.user_id returning * into v;
  perform insert_event('survey_completed', f, jsonb_build_object(
    'pmf', f -> 'pmf',
    'useful_feature', f -> 'usefulFeature',
    'feedback', left(f ->> 'feedback', 500),
    'carts_before_survey', v.carts_created,
    'days_since_registration', greatest(0, local_day(v_at, s ->> 'tz') - local_day(v.registered_at, s ->> 'tz'))));
  return jsonb_build_object('completed', true, 'needsCart', false, 'bonus', v_bonus, 'cartLimit', v.cart_limit);
end $$;
