/* What is stored about one user; no row for an unknown id. */
create or replace function user_record(p_user bigint)
returns table (user_id bigint, registered_at timestamptz, started_at timestamptz, source text, invited_by bigint,
  invited bigint, last_message_at timestamptz, active_days bigint, sessions bigint, messages bigint, searches bigint,
  errors bigint, carts_created integer, cart_limit integer, gmv numeric, tokens bigint, cost_rub numeric,
  survey_completed_at timestamptz, pmf text, consent_at timestamptz, consent_withdrawn_at timestamptz,
  blocked_at timestamptz, block_reason text)
language sql stable as $$
  select u.user_id, u.registered_at, u.started_at, u.source, u.invited_by,
    (select count(*) from users i where i.invited_by = u.user_id), u.last_message_at, d.active_days, d.sessions, d.messages,
    d.searches, d.errors, u.carts_created, u.cart_limit, d.gmv, d.tokens, d.cost_rub, u.survey_completed_at, a.pmf,
    u.consent_at, u.consent_withdrawn_at, u.blocked_at, u.block_reason
  from users u
  cross join (
    select count(*) filter (where sessions > 0) as active_days, coalesce(sum(sessions), 0) as sessions,
      coalesce(sum(messages), 0) as messages, coalesce(sum(searches), 0) as searches, coalesce(sum(errors), 0) as errors,
      coalesce(sum(gmv), 0) as gmv, coalesce(sum(tokens), 0)::bigint as tokens, coalesce(sum(cost_rub), 0) as cost_rub
    from user_days where user_days.user_id = p_user
  ) d
  left join survey_answers a on a.user_id = u.user_id
  where u.user_id = p_user
$$;
