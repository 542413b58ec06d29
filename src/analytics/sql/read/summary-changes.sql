/*
  The numbers of a period one below the other, by their keys of the dictionary: as value and as text, the text of the period
  of equal length before («—» where nothing of it is stored), and the change (see analytics.compared_periods). In brief: value
  and change in one line.
*/
create or replace function analytics.summary_changes(p_from date, p_to date)
returns table (key text, value numeric, shown text, before text, change text, brief text)
language sql stable as $$
  with periods as (
    select 'now' as place, p_from as since, p_to as until
    union all select 'before', p_from - (p_to - p_from + 1), p_from - 1 where p_from - 1 >= analytics.kept_since()
    union all select 'compared', p.now_from, p.now_to from analytics.compared_periods(p_from, p_to) p
    union all select 'with', p.before_from, p.before_to from analytics.compared_periods(p_from, p_to) p
  ), numbers as (
    select p.place, n.* from periods p
    cross join lateral analytics.summary(p.since, p.until) s
    cross join lateral (values -- its n is what an amount is made of, or the hits of a share
      (1, 'new_users', 'count', s.new_users::numeric, 'count', null::numeric, null::numeric),
      (2, 'dau_avg', 'mean', s.dau_avg, 'amount', s.dau_avg * (p.until - p.since + 1), null),
      (3, 'active_users', 'count', s.active_users, 'count', null, null),
      (4, 'retention_d1', 'percent', s.retention_d1_returned::numeric / nullif(s.retention_d1_cohort, 0), 'share',
        s.retention_d1_returned, s.retention_d1_cohort),
      (5, 'retention_d7', 'percent', s.retention_d7_returned::numeric / nullif(s.retention_d7_cohort, 0), 'share',
        s.retention_d7_returned, s.retention_d7_cohort),
      (6, 'carts', 'count', s.carts, 'count', null, null),
      (7, 'avg_cart', 'rub', s.avg_cart, 'amount', s.carts, null),
      (8, 'gmv', 'rub', s.gmv, 'amount', s.carts, null),
      (9, 'carts_per_user', 'mean', s.carts_per_user, 'amount', s.carts, null),
      (10, 'tokens', 'short', s.tokens, 'amount', s.messages, null),
      (11, 'cost_rub', 'rub', s.cost_rub, 'amount', s.messages, null),
      (12, 'cost_per_user', 'rub', s.cost_per_user, 'amount', s.active_users, null),
      (13, 'errors', 'count', s.errors, 'share', s.errors, s.messages),
      (14, 'error_share', 'percent', s.error_share, 'share', s.errors, s.messages)
    ) as n (place_in_list, key, format, value, kind, n, of)
  ), shown as (
    select now.place_in_list, now.key, now.value, analytics.show_number(now.value, now.format) as shown,
      analytics.show_number(b.value, now.format) as before,
      case when p_from >= analytics.today() then 'день ещё идёт' else case now.kind
        when 'count' then analytics.count_change(c.value, w.value)
        when 'share' then analytics.share_change(c.n, c.of, w.n, w.of)
        else analytics.amount_change(c.value, round(c.n), w.value, round(w.n)) end end as change
    from numbers now
    left join numbers b on b.place = 'before' and b.key = now.key
    left join numbers c on c.place = 'compared' and c.key = now.key
    left join numbers w on w.place = 'with' and w.key = now.key
    where now.place = 'now'
  )
  select s.key, s.value, s.shown, s.before, s.change, s.shown || analytics.brief_change(s.change)
  from shown s
  order by s.place_in_list
$$;
