-- A role for the api's own tables; who looked at whose dossier is only ever added.
do $$
begin
    begin
        create role peiyu_api_tables nologin;
    exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then raise notice 'role peiyu_api_tables was not created';
    end;
    if to_regrole('peiyu_api_tables') is not null then
        grant usage on schema api to peiyu_api_tables;
        grant select on all tables in schema api to peiyu_api_tables;
        grant insert, update, delete on credentials, sessions, tokens, attempts, uploads to peiyu_api_tables;
        grant insert on reads to peiyu_api_tables;
    end if;
end
$$;
