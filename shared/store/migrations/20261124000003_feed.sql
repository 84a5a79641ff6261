-- The sequencer's queue: events that are committed and have no feed position yet.
create table store.unsequenced (
    no        bigint primary key,
    -- Real time, for the age of the queue.
    queued_at timestamptz not null default clock_timestamp()
);

-- Positions 1, 2, 3, … in which nothing ever turns up behind a reader's back.
create table store.feed (
    position bigint primary key,
    no       bigint not null unique
);

create table store.feed_head (
    single        boolean primary key default true check (single),
    last_position bigint not null,
    -- Life of the feed between two restores.
    epoch         integer not null check (epoch >= 1)
);

insert into store.feed_head (last_position, epoch) values (0, 1);

create function store.queue_events() returns trigger language plpgsql as $$
begin
    insert into store.unsequenced (no) select added.no from added;
    return null;
end
$$;

create trigger queue_events after insert on store.events
    referencing new table as added
    for each statement execute function store.queue_events();

create trigger insert_only before update or delete or truncate on store.feed
    for each statement execute function store.refuse_change();

-- Gives the oldest waiting events their positions; how many. The row lock on feed_head makes it right with any
-- number of sequencers. It never skips a locked row: what waits behind one must not overtake it.
create function store.sequence_events(at_most integer) returns integer language plpgsql as $$
declare
    head  bigint;
    moved integer;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'store.sequence_events needs read committed' using errcode = 'invalid_transaction_state';
    end if;
    select last_position into strict head from store.feed_head for update;
    -- A new statement, so its snapshot is younger than the lock.
    with taken as (
        delete from store.unsequenced u
        where u.no in (select q.no from store.unsequenced q order by q.no limit at_most)
        returning u.no
    )
    insert into store.feed (position, no)
        select head + row_number() over (order by taken.no), taken.no from taken;
    get diagnostics moved = row_count;
    if moved > 0 then
        update store.feed_head set last_position = head + moved;
    end if;
    return moved;
end
$$;
