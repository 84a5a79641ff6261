-- What signing in needs. No name, no staff number, no password: hashes and random ids only.
-- Times here are real time, never the injected clock: a shifted trial clock must not end sessions.

create table credentials (
    account       uuid primary key,
    password_hash text not null,
    must_change   boolean not null,
    changed_at    timestamptz not null default now()
);

create table sessions (
    id_hash      bytea primary key check (octet_length(id_hash) = 32),
    account      uuid not null references credentials (account) on delete cascade,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null
);
create index on sessions (account);
create index on sessions (expires_at);

create table tokens (
    id           uuid primary key,
    account      uuid not null references credentials (account) on delete cascade,
    name         text not null check (char_length(name) between 1 and 60),
    token_hash   bytea not null unique check (octet_length(token_hash) = 32),
    created_at   timestamptz not null default now(),
    last_used_at timestamptz
);
create index on tokens (account);

-- Failed sign-ins by login and by address, both as keyed hashes.
create table attempts (
    key        bytea primary key check (octet_length(key) = 32),
    failures   integer not null,
    last_at    timestamptz not null default now(),
    open_again timestamptz not null default now()
);
create index on attempts (last_at);
