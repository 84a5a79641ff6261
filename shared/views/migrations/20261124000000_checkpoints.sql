-- How far each generation of each read model has come. The row is the fence between two projectors.
create table views.checkpoints (
    schema text primary key,
    name text not null,
    version integer not null,
    generation integer not null,
    position bigint not null default 0,
    -- When the event at `position` was recorded, by the injected clock.
    recorded_at timestamptz,
    unique (name, version, generation)
);

-- Which generation serves. Asking goes through SQL views of schema `views` that are moved with it.
create table views.current (
    name text primary key,
    schema text not null references views.checkpoints (schema)
);

-- Events of streams that a read model cannot take in: the first is poison, the others wait behind it.
create table views.parked (
    schema text not null references views.checkpoints (schema) on delete cascade,
    stream uuid not null,
    position bigint not null,
    aggregate_type text not null,
    event_id uuid not null,
    -- A code of ours, never the text of an error: that could quote personal data.
    reason text not null,
    primary key (schema, stream, position)
);
