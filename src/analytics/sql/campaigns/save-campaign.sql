/*
  Makes the campaign of this name, or finds it, and sets its price unless p_price is null. p_slug is the slug wanted: with
  p_exact that one or none, else the first free of slug, slug-2, slug-3… What users of an unclaimed slug did before is counted
  too. Returns {outcome: made | same | priced | taken | other_slug, slug, name, price_rub}: `taken` by the campaign
  returned; `other_slug` when the campaign of this name has the slug returned.
*/
create or replace function save_campaign(p_name text, p_key text, p_slug text, p_exact boolean, p_price numeric, p_by bigint,
  p_at timestamptz, p_tz text) returns jsonb
language plpgsql as $$
declare
  v campaigns;
  v_outcome text := 'same';
  v_tries integer := 1;
  v_slug text := p_slug;
begin
  perform lock_rollups(p_tz);
  select * into v from campaigns where name_key = p_key;
  if found and p_exact and v.slug <> p_slug then
    v_outcome := 'other_slug';
  elsif found then
    if p_price <> v.price_rub or p_price is not null and v.price_rub is null then
      update campaigns set price_rub = p_price where slug = v.slug returning * into v;
      v_outcome := 'priced';
    end if;
  elsif p_exact and exists (select 1 from campaigns where slug = p_slug) then
    select * into v from campaigns where slug = p_slug;
    v_outcome := 'taken';
  else
    while exists (select 1 from campaigns where slug = v_slug) loop
      v_tries := v_tries + 1;
      v_slug := p_slug || '-' || v_tries;
    end loop;
    insert into campaigns (slug, name, name_key, price_rub, made_by, made_at)
    values (v_slug, p_name, p_key, p_price, p_by, p_at) returning * into v;
    perform count_campaign(v.slug);
    v_outcome := 'made';
  end if;
  return jsonb_build_object('outcome', v_outcome, 'slug', v.slug, 'name', v.name, 'price_rub', v.price_rub);
end $$;
