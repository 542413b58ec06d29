-- To whom the weekly digest was sent. Claimed before it is sent, so that several bots and restarts send it once.
create table digests (
  week date not null,                                -- Monday on which it is due
  admin_id bigint not null,
  claimed_at timestamptz not null,
  sent_at timestamptz,
  primary key (week, admin_id)
);
