-- The first answer to each command, written with its events: the same id again gets it again.
create table store.commands (
    principal   uuid not null,
    command_id  uuid not null,
    -- Keyed hash of route and body: another body under the same id is refused.
    digest      bytea not null check (octet_length(digest) = 32),
    -- Ids and versions, no personal data.
    answer      json not null,
    answered_at timestamptz not null default clock_timestamp(),
    constraint commands_pkey primary key (principal, command_id)
);

-- What only one stream may hold: staff numbers, form numbers. The key is a keyed hash, never the number.
create table store.claims (
    kind        text collate "C" not null,
    key         bytea not null check (octet_length(key) = 32),
    stream_type text collate "C" not null,
    stream_id   uuid not null,
    constraint claims_pkey primary key (kind, key)
);
