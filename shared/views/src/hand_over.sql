-- Run after each migration: an operator's own user may have made what the projector must be able to drop.
do $$
declare
    thing record;
begin
    if to_regrole('peiyu_views_writer') is null or to_regrole('peiyu_views_reader') is null then
        return;
    end if;
    for thing in
        select n.nspname as name from pg_namespace n
        where (n.nspname = 'views' or n.nspname like 'view\_%')
            and n.nspowner <> to_regrole('peiyu_views_writer')
    loop
        execute format('alter schema %I owner to peiyu_views_writer', thing.name);
    end loop;
    -- Tables and views; indexes follow their tables.
    for thing in
        select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where (n.nspname = 'views' or n.nspname like 'view\_%') and c.relkind in ('r', 'v')
            and c.relowner <> to_regrole('peiyu_views_writer')
    loop
        execute format('alter table %I.%I owner to peiyu_views_writer', thing.schema, thing.name);
    end loop;
    grant usage on schema views to peiyu_views_reader;
    grant select on all tables in schema views to peiyu_views_reader;
    alter default privileges for role peiyu_views_writer in schema views grant select on tables to peiyu_views_reader;
end
$$;
