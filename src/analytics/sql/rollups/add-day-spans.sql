/* The part of add_days() for the distinct users of analytics.spans. */
create or replace function add_day_spans(p_before day_pair[], p_after day_pair[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.spans as t (kind, source, day, erased, sinces, sums)
  select x.kind, x.source, x.day, p_erased, array_agg(x.since order by x.since), array_agg(x.sum order by x.since)
  from (
    select kind, source, day, since, (sum(sum(n)) over (partition by kind, source, day order by since desc))::integer as sum
    from (
      select kind, source, day, since, n from unnest(p_after)
      union all
      select kind, source, day, since, -n from unnest(p_before)
    ) p
    group by kind, source, day, since
    having sum(n) <> 0
  ) x
  group by x.kind, x.source, x.day
  order by 1, 2, 3
  on conflict (kind, source, day, erased) do update set (sinces, sums) =
    (select m.sinces, m.sums from add_sums(t.sinces, t.sums, excluded.sinces, excluded.sums) m);
end $$;
