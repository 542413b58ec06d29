/* The time zone whose days are counted; no row before the first count. */
create or replace view analytics.time_zone as select time_zone from rollup_state;
