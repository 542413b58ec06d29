-- Under which name the log lines of a user stand, in place of the account's number. Erasure deletes the row, and with it the
-- only link between 30 days of lines and the user.
create table log_pseudonyms (
  user_id bigint primary key,
  pseudonym text not null unique check (pseudonym ~ '^[0-9a-z]{16}$')
);
