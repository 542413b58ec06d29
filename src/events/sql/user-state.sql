/* The user as the bot needs them, at p_at. */
create or replace function user_state(v users, p_at timestamptz, p_tz text) returns jsonb
language plpgsql stable as $$
begin
  return jsonb_build_object(
    'userId', v.user_id,
    'registeredAt', v.registered_at,
    'daysSinceRegistration', greatest(0, local_day(p_at, p_tz) - local_day(v.registered_at, p_tz)),
    'cartsCreated', v.carts_created,
    'cartLimit', v.cart_limit,
    'surveyCompleted', v.survey_completed_at is not null,
    'survey', v.survey_progress,
    'consentVersion', v.consent_version,
    'blocked', case when v.blocked_at is not null then jsonb_build_object('reason', v.block_reason) end,
    'messagesInSession', v.messages_in_session,
    'hasLastCart', exists (select 1 from last_carts c where c.user_id = v.user_id and c.created_at > p_at - last_cart_lifetime()));
end $$;
