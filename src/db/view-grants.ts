import type pg from 'pg'

/** A right of a role on a view, and the statement that grants it. */
interface ViewGrant {
  view: string
  statement: string
}

const GRANTS = `
select c.oid::regclass::text as view,
  format('grant %s on %s to %s%s', a.privilege_type, c.oid::regclass,
    case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
    case when a.is_grantable then ' with grant option' else '' end) as statement
from pg_class c cross join lateral aclexplode(c.relacl) a
where c.relkind = 'v' and c.relnamespace in ('public'::regnamespace, 'analytics'::regnamespace) and a.grantee <> c.relowner
order by 1, 2`

/** What is granted on the views of the bot to others than their owner. */
export const readViewGrants = async (client: pg.ClientBase): Promise<ViewGrant[]> =>
  (await client.query<ViewGrant>(GRANTS)).rows

/** Grants again what is missing of `grants`, on the views that still exist: a view that was dropped has lost its grants. */
export async function restoreViewGrants(client: pg.ClientBase, grants: readonly ViewGrant[]): Promise<void> {
  const present = new Set((await readViewGrants(client)).map(g => g.statement))
  for (const { view, statement } of grants) {
    if (present.has(statement)) continue
    const { rows } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [view])
    if (rows[0]?.exists === true) await client.query(statement)
  }
}
