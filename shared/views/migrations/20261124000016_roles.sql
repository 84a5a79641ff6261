-- The projector makes and drops generations, so everything here belongs to one role; the others only ask.
do $$
declare
    role_name text;
begin
    foreach role_name in array array['peiyu_views_reader', 'peiyu_views_writer'] loop
        begin
            execute format('create role %I nologin', role_name);
        exception
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then raise notice 'role % was not created', role_name;
        end;
    end loop;
    if to_regrole('peiyu_views_writer') is not null then
        execute format('grant create on database %I to peiyu_views_writer', current_database());
    end if;
end
$$;
