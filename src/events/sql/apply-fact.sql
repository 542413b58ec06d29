/* Applies one fact of record_facts() by its kind. Returns the outcome, or null where the kind has none. */
create or replace function apply_fact(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
begin
  case f ->> 'k'
    when 'message' then return apply_message(f, s);
    when 'start' then return apply_start(f, s);
    when 'cart' then return apply_cart(f, s);
    when 'survey' then return apply_survey(f, s);
    when 'consent' then return apply_consent(f, s);
    when 'erase' then return apply_erase(f, s);
    when 'usage' then perform set_session_prompt(f, s ->> 'tz'); return null; -- the numbers are those of usage_of()
    when 'bot_block' then perform apply_bot_block(f, s); return null;
    when 'done' then perform apply_done(f); return null;
    else raise exception 'unknown fact kind' using errcode = 'invalid_parameter_value';
  end case;
end $$;
