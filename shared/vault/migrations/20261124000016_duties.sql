-- Who only reads events needs to open keys, never to make or destroy them; who appends makes them; only an operator
-- destroys one (role peiyu_vault).
do $$
declare
    role_name text;
begin
    foreach role_name in array array['peiyu_vault_reader', 'peiyu_vault_sealer'] loop
        begin
            execute format('create role %I nologin', role_name);
        exception
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then raise notice 'role % was not created', role_name;
        end;
        if to_regrole(role_name) is not null then
            execute format('grant usage on schema vault to %I', role_name);
            execute format('grant select on all tables in schema vault to %I', role_name);
        end if;
    end loop;
    if to_regrole('peiyu_vault_sealer') is not null then
        grant insert on vault.keys to peiyu_vault_sealer;
        grant insert on vault.master to peiyu_vault_sealer;
    end if;
end
$$;
