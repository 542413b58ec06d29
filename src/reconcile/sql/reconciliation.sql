/* The table reconciliation, for readers. */
create or replace view analytics.reconciliation as
select date, number, postgres, loki, prometheus, difference, cause, checked_at from reconciliation;
