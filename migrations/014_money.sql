-- Carts and model costs by the week (its Monday) of the users' first /start, -infinity for users without one.
create table analytics.cohort_money (
  week date not null,
  day date not null,
  erased boolean not null,
  carts integer not null,
  labelled_carts integer not null,                -- carts whose link carries a partner mark
  gmv numeric not null,
  cost_rub numeric not null,
  primary key (week, day, erased)
) with (fillfactor = 50);

-- What the income is calculated with, as the bot was last started: the contract, and an assumption.
create table analytics.money_settings (
  only_row boolean primary key default true check (only_row),
  affiliate_percent numeric,                      -- of the sum of an order; null while it is not known
  order_percent numeric not null                  -- assumed share of carts that become orders
);

-- Model calls by the model that was asked: added up by the batches that add to daily_stats. No user is in it.
create table analytics.model_days (
  day date not null,
  provider text not null,                         -- gigachat, openai
  model text not null,
  calls integer not null,
  tokens bigint not null,                         -- billable ones
  cost_rub numeric not null,
  primary key (day, provider, model)
) with (fillfactor = 50);
