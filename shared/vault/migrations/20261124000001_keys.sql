-- One key a person, wrapped by the master key, which is never in any database.
create table vault.keys (
    subject      uuid primary key,
    -- Gone once destroyed, and never filled again.
    wrapped      bytea,
    created_at   timestamptz not null default clock_timestamp(),
    destroyed_at timestamptz,
    constraint keys_destroyed check ((wrapped is null) = (destroyed_at is not null))
);

-- Tells a wrong master key before anything is sealed under it.
create table vault.master (
    single      boolean primary key default true check (single),
    fingerprint bytea not null check (octet_length(fingerprint) = 32)
);

create function vault.refuse_revival() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.destroyed_at is null and new.subject = old.subject and new.wrapped is null then
        return new;
    end if;
    raise exception 'a key in vault.% is only ever made or destroyed', tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create trigger only_destroyed before update or delete on vault.keys
    for each row execute function vault.refuse_revival();

create trigger never_emptied before truncate on vault.keys
    for each statement execute function vault.refuse_revival();
