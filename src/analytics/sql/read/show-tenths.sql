/* «1 380», «7,3»: thousands by a no-break space, at most that many decimals, as a Russian reads numbers. */
create or replace function analytics.show_tenths(p_value numeric, p_decimals integer default 1) returns text
language sql immutable parallel safe as $$
  select translate(case when p_decimals = 0 then to_char(round(p_value), 'FM999,999,999,999,999,990')
    else rtrim(to_char(round(p_value, p_decimals), 'FM999,999,999,999,999,990.' || repeat('9', p_decimals)), '.') end,
    ',.', chr(160) || ',')
$$;
