/* Percent of an order that the partner programme pays; null while it is not known. */
create or replace function analytics.affiliate_percent() returns numeric
language sql stable as $$ select affiliate_percent from analytics.money_settings $$;
