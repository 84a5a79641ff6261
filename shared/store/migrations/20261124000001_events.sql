-- The truth: every event, for ever. The first seven columns are those of postgres-es, which reads and may write here.
create table store.events (
    aggregate_type text collate "C" not null,
    aggregate_id   text collate "C" not null,
    sequence       bigint not null check (sequence >= 1),
    event_type     text collate "C" not null,
    event_version  text collate "C" not null,
    -- json, never jsonb: subscribers and the audit log hash the exact text.
    payload        json not null,
    metadata       json not null,
    -- Drawn at insert, so it does not order commits: `feed` does. A cache above 1 would break order within a stream.
    no             bigint generated always as identity (cache 1),
    event_id       uuid not null,
    -- From the injected clock, never now().
    recorded_at    timestamptz not null,
    occurred_on    date,
    constraint events_pkey primary key (aggregate_type, aggregate_id, sequence),
    constraint events_no_key unique (no),
    constraint events_event_id_key unique (event_id)
);

comment on column store.events.occurred_on is 'civil day on which it happened; absent when it has none';

-- An INSERT that knows only the seven columns gets the others from its metadata.
create function store.complete_event() returns trigger language plpgsql as $$
begin
    new.event_id := coalesce((new.metadata ->> 'event_id')::uuid, gen_random_uuid());
    new.recorded_at := coalesce((new.metadata ->> 'recorded_at')::timestamptz, clock_timestamp());
    new.occurred_on := (new.metadata ->> 'occurred_on')::date;
    return new;
end
$$;

create trigger complete_event before insert on store.events
    for each row when (new.event_id is null) execute function store.complete_event();

create function store.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'store.% is insert-only', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger insert_only before update or delete or truncate on store.events
    for each statement execute function store.refuse_change();
