/* Synthetic users who are in no number, since the database has real users. */
create or replace view uncounted_users as
select user_id from users where synthetic and not exists (select 1 from demo_history where counted);
