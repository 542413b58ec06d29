import type pg from 'pg'

/**
 * The schema as SQL text for reading: tables with columns and constraints, indexes, views and functions of `public` and
 * `analytics`, sorted by name. Monthly partitions are left out, since they depend on the clock; so are grants, comments,
 * and what the migration runner keeps for itself. Read from the catalogue (PostgreSQL 18 manual, chapters 9.27 and 52).
 */
export async function dumpSchema(client: pg.ClientBase): Promise<string> {
  await client.query("select set_config('search_path', 'public', false)")
  const parts: string[] = []
  for (const statement of [tables, indexes, views, functions]) {
    const { rows } = await client.query<{ text: string }>(statement)
    parts.push(...rows.map(r => r.text.trimEnd()))
  }
  return `${parts.join('\n\n')}\n`
}

const owned = "n.nspname in ('public', 'analytics') and not c.relispartition and c.relname <> 'schema_migrations'"

const tables = `
select 'create table ' || c.oid::regclass || E' (\\n' || string_agg(line, E',\\n' order by part, position) || E'\\n)'
  || coalesce(' partition by ' || pg_get_partkeydef(c.oid), '')
  || coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '') || ';' as text
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select 1 as part, a.attnum::int as position,
    '  ' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
      || case when a.attgenerated = 's' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
        else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end
      || case when a.attnotnull then ' not null' else '' end as line
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  union all
  select 2, row_number() over (order by k.contype desc, k.conname)::int,
    '  constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid)
  from pg_constraint k where k.conrelid = c.oid and k.contype <> 'n'
) lines
where c.relkind in ('r', 'p') and ${owned}
group by c.oid, n.nspname, c.relname, c.reloptions
order by n.nspname, c.relname`

const indexes = `
select pg_get_indexdef(i.indexrelid) || ';' as text
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
where ${owned} and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
order by n.nspname, c.relname, i.indexrelid::regclass::text`

const views = `
select 'create view ' || c.oid::regclass || E' as\\n' || pg_get_viewdef(c.oid, true) as text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'v' and ${owned}
order by n.nspname, c.relname`

const functions = `
select pg_get_functiondef(p.oid) || ';' as text
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('public', 'analytics') and p.prokind = 'f'
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
order by n.nspname, p.proname`
