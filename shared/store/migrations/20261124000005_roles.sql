-- A reading and a writing role; logins are made members of one. Roles belong to the whole server, so another
-- database may have made them already, and a migrating user without the right to make roles goes on without.
do $$
declare
    role_name text;
begin
    foreach role_name in array array['peiyu_store_reader', 'peiyu_store_writer'] loop
        begin
            execute format('create role %I nologin', role_name);
        exception
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then raise notice 'role % was not created', role_name;
        end;
    end loop;
    if to_regrole('peiyu_store_reader') is not null then
        grant usage on schema store to peiyu_store_reader;
        grant select on all tables in schema store to peiyu_store_reader;
    end if;
    if to_regrole('peiyu_store_writer') is not null then
        grant usage on schema store to peiyu_store_writer;
        grant select on all tables in schema store to peiyu_store_writer;
        grant insert on store.events, store.commands, store.claims, store.feed, store.unsequenced to peiyu_store_writer;
        grant delete on store.claims, store.unsequenced to peiyu_store_writer;
        grant update on store.feed_head to peiyu_store_writer;
        grant execute on all functions in schema store to peiyu_store_writer;
    end if;
end
$$;
