/* Writes a number as src/analytics/show.ts does; p_format is the name of its function there. «—» where there is no answer. */
create or replace function analytics.show_number(p_value numeric, p_format text) returns text
language sql immutable parallel safe as $$
  select coalesce(case p_format
    when 'count' then analytics.show_tenths(p_value, 0)
    when 'mean' then analytics.show_tenths(p_value, case when abs(p_value) >= 10 then 0 else 1 end)
    when 'percent' then case when p_value > 0 and p_value < 0.001 then '<0,1' else analytics.show_tenths(p_value * 100) end
      || chr(160) || '%'
    when 'rub' then case when abs(p_value) < 10 and p_value <> trunc(p_value)
      then replace(to_char(p_value, 'FM0.00'), '.', ',') else analytics.show_tenths(p_value, 0) end || chr(160) || '₽'
    when 'short' then case
      when abs(p_value) >= 999.95e9 then analytics.show_tenths(p_value / 1e12) || chr(160) || 'трлн'
      when abs(p_value) >= 999.95e6 then analytics.show_tenths(p_value / 1e9) || chr(160) || 'млрд'
      when abs(p_value) >= 999.95e3 then analytics.show_tenths(p_value / 1e6) || chr(160) || 'млн'
      when abs(p_value) >= 9999.5 then analytics.show_tenths(p_value / 1e3) || chr(160) || 'тыс.'
      else analytics.show_number(p_value, 'mean') end
  end, '—')
$$;
