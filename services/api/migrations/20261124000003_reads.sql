-- Who looked at whose dossier. Insert-only: a trigger sees to it, whatever the grants say.

create table reads (
    no         bigint generated always as identity primary key,
    at         timestamptz not null default now(),
    principal  uuid not null,
    reader     uuid,
    subject    uuid not null,
    what       text not null,
    request_id text not null
);
create index on reads (subject, no);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'reads are only ever added';
end
$$;

create trigger reads_are_only_added before update or delete or truncate on reads
    for each statement execute function refuse_change();
