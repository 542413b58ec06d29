create or replace view analytics.time_zone as select time_zone from rollup_state;
