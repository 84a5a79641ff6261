-- What operators did about parked streams. Nothing here is personal data: ids, names of events, words of the operator.

-- Events that a read model passes over for good: a standing decision, kept by every later generation and replay.
create table views.skipped (
    name text not null,
    position bigint not null,
    stream uuid not null,
    aggregate_type text not null,
    event_id uuid not null,
    -- The code by which it was parked.
    fault text not null,
    primary key (name, position)
);

-- Who retried or skipped what, when and why; one row a chunk.
create table views.interventions (
    no bigint generated always as identity primary key,
    at timestamptz not null,
    who text not null,
    what text not null check (what in ('retry', 'skip')),
    why text not null,
    name text not null,
    stream uuid not null,
    aggregate_type text not null,
    -- Of the event that was skipped, or at which the retry began.
    position bigint not null,
    -- Events taken in, and those that still wait afterwards.
    applied bigint not null,
    parked bigint not null
);

create function views.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'views.% is insert-only', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger insert_only before update or delete or truncate on views.skipped
    for each statement execute function views.refuse_change();
create trigger insert_only before update or delete or truncate on views.interventions
    for each statement execute function views.refuse_change();

-- A generation that does not serve: begun by a rebuild (which may go on with it) or by a verification, and how far
-- the replay stream by stream has come. Its `position` stays 0 until that replay has reached `goal`.
alter table views.checkpoints
    add column purpose text not null default 'rebuild' check (purpose in ('rebuild', 'verify')),
    add column goal bigint,
    add column replayed_type text,
    add column replayed_stream uuid,
    add column replayed_events bigint not null default 0;
