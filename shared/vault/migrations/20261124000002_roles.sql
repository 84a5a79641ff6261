-- A role for the services; logins are made members of it. Roles belong to the whole server, so another database
-- may have made it already, and a migrating user without the right to make roles goes on without.
do $$
begin
    begin
        create role peiyu_vault nologin;
    exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then raise notice 'role peiyu_vault was not created';
    end;
    if to_regrole('peiyu_vault') is not null then
        grant usage on schema vault to peiyu_vault;
        grant select on all tables in schema vault to peiyu_vault;
        grant insert, update on vault.keys to peiyu_vault;
        grant insert on vault.master to peiyu_vault;
    end if;
end
$$;
