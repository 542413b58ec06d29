/* Share of carts assumed to become orders, in percent. */
create or replace function analytics.order_percent() returns numeric
language sql stable as $$ select coalesce((select order_percent from analytics.money_settings), 30) $$;
