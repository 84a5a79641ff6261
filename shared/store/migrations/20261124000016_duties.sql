-- The writing role is split by duty: who appends does not give positions, who gives positions does not append.
do $$
declare
    role_name text;
begin
    foreach role_name in array array['peiyu_store_appender', 'peiyu_store_sequencer'] loop
        begin
            execute format('create role %I nologin', role_name);
        exception
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then raise notice 'role % was not created', role_name;
        end;
    end loop;
    if to_regrole('peiyu_store_appender') is not null then
        grant usage on schema store to peiyu_store_appender;
        grant select on all tables in schema store to peiyu_store_appender;
        -- The trigger on events queues as whoever appends.
        grant insert on store.events, store.commands, store.claims, store.unsequenced to peiyu_store_appender;
        grant delete on store.claims to peiyu_store_appender;
        grant execute on all functions in schema store to peiyu_store_appender;
    end if;
    if to_regrole('peiyu_store_sequencer') is not null then
        grant usage on schema store to peiyu_store_sequencer;
        grant select on all tables in schema store to peiyu_store_sequencer;
        grant insert on store.feed to peiyu_store_sequencer;
        grant delete on store.unsequenced to peiyu_store_sequencer;
        grant update on store.feed_head to peiyu_store_sequencer;
        grant execute on all functions in schema store to peiyu_store_sequencer;
    end if;
end
$$;
