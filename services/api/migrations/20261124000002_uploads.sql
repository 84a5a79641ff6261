-- Files on their way in. The file itself lies in the data folder (mode 0600) until its run has ended.

create table uploads (
    import_id      uuid primary key,
    principal      uuid not null,
    command_id     uuid not null,
    digest         bytea not null check (octet_length(digest) = 32),
    kind           text not null,
    dry_run        boolean not null,
    mapping        text,
    state          text not null check (state in ('waiting', 'running', 'finished', 'failed')),
    done           integer not null default 0,
    total          integer not null default 0,
    report         json,
    problem        json,
    rejects        boolean not null default false,
    created_at     timestamptz not null default now(),
    ended_at       timestamptz,
    unique (principal, command_id)
);
create index on uploads (state) where state in ('waiting', 'running');
