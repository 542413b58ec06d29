/* A change behind its number, where there is little room: « ▲ 12 %», « ≈»; nothing where there is none. */
create or replace function analytics.brief_change(p_change text) returns text
language sql immutable parallel safe as $$
  select case p_change when '≈ в пределах шума' then ' ≈' when '▲ раньше не было' then ' ▲ новое' when '—' then ''
    when 'день ещё идёт' then '' else ' ' || p_change end
$$;
