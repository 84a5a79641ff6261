-- What operators ask for in the browser. The api may only ask; the projector, whose the read models are, carries it out
-- and says what came of it. Times here are real time, never the injected clock.
create table views.requests (
    id uuid primary key,
    principal uuid not null,
    command_id uuid not null,
    -- Keyed digest of the command, so that another one under its id is known.
    digest bytea not null check (octet_length(digest) = 32),
    what text not null check (what in ('retry', 'skip')),
    -- Read model, kind of aggregate and stream; whatever is absent means all.
    name text,
    aggregate_type text,
    stream uuid,
    -- Of the event to be skipped.
    position bigint,
    who text not null,
    why text not null check (char_length(why) between 1 and 500),
    asked_at timestamptz not null default now(),
    -- From here on the projector's: its last sign of work, the stream up to which it has come, why it goes on no
    -- further (a code of ours or an operator's sentence, never content), the end.
    seen_at timestamptz,
    through_name text,
    through_position bigint,
    fault text,
    ended_at timestamptz,
    unique (principal, command_id),
    check (what = 'retry' or (name is not null and aggregate_type is not null and stream is not null
        and position is not null))
);
create index on views.requests (asked_at);
create index on views.requests (asked_at) where ended_at is null;

-- What is done for a request stands in the record of what was done: its counts are those of the same transactions.
alter table views.interventions
    add column request uuid,
    -- The event at which the stream is stuck afterwards, and its code.
    add column stuck_at bigint,
    add column fault text;
create index on views.interventions (request) where request is not null;

do $$
begin
    begin
        create role peiyu_views_requester nologin;
    exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then raise notice 'role peiyu_views_requester was not created';
    end;
    if to_regrole('peiyu_views_requester') is not null then
        grant usage on schema views to peiyu_views_requester;
        grant insert (id, principal, command_id, digest, what, name, aggregate_type, stream, position, who, why)
            on views.requests to peiyu_views_requester;
    end if;
end
$$;
