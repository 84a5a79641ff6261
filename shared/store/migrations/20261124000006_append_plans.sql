-- The same `store.append` with one plan for each of its statements: left to itself the server plans every statement
-- anew in every call, since it thinks that arrays of known length are worth it, and that costs more than running them.
-- Beside that there are fewer statements: locks are not grouped first, claims are only looked up when there are any,
-- and the answer of an earlier sending only when there was one.
create or replace function store.append(
    stream_kinds text[], stream_ids uuid[], stream_written boolean[],
    claim_kinds text[], claim_keys bytea[],
    slot_principals uuid[], slot_commands uuid[],
    command_slots integer[], command_digests bytea[], command_answers text[],
    expect_ends integer[], expect_streams integer[], expect_versions bigint[], expect_events integer[],
    take_ends integer[], take_claims integer[], take_streams integer[], take_releases boolean[],
    event_commands integer[], event_streams integer[], event_sequences bigint[], event_ids uuid[],
    event_types text[], event_versions text[], event_payloads text[], event_metadata text[],
    event_recorded text[], event_occurred text[]
) returns table (
    outcome text, answer text, item integer, expected bigint, actual bigint, holder text
) language plpgsql set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    lock           record;
    versions       bigint[];
    holders_before text[];
    holders        text[];
    trial          text[];
    digests        bytea[];
    answers        text[];
    won            boolean[] := '{}';
    any_won        boolean := false;
    slot           integer;
    own            text;
    expect_first   integer := 1;
    take_first     integer := 1;
begin
    -- Each statement below must see what was committed while the locks were waited for.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'store.append needs read committed' using errcode = 'invalid_transaction_state';
    end if;

    -- One sorted order over all kinds of locks: two appends never wait for each other in a circle.
    -- The same key twice is the same lock: taken exclusively first, it is never waited for a second time.
    for lock in
        select hashtextextended(s.kind || ':' || s.id::text, 1) as key, s.written as exclusive
            from unnest(stream_kinds, stream_ids, stream_written) as s (kind, id, written)
        union all
        select hashtextextended(c.kind || ':' || encode(c.key, 'hex'), 2), true
            from unnest(claim_kinds, claim_keys) as c (kind, key)
        union all
        select hashtextextended(s.principal::text || ':' || s.command::text, 3), true
            from unnest(slot_principals, slot_commands) as s (principal, command)
        order by key, exclusive desc
    loop
        if lock.exclusive then
            perform pg_advisory_xact_lock(lock.key);
        else
            perform pg_advisory_xact_lock_shared(lock.key);
        end if;
    end loop;

    -- `limit 1` keeps each look-up on its index, whatever the planner thinks of the arrays.
    versions := array(
        select coalesce(
            (select e.sequence from store.events e
             where e.aggregate_type = s.kind and e.aggregate_id = s.id::text
             order by e.sequence desc limit 1), 0)
        from unnest(stream_kinds, stream_ids) with ordinality as s (kind, id, n) order by s.n);
    digests := array(
        select (select c.digest from store.commands c
                where c.principal = s.principal and c.command_id = s.command limit 1)
        from unnest(slot_principals, slot_commands) with ordinality as s (principal, command, n) order by s.n);
    if cardinality(claim_kinds) > 0 then
        holders := array(
            select (select c.stream_type || ':' || c.stream_id::text from store.claims c
                    where c.kind = q.kind and c.key = q.key limit 1)
            from unnest(claim_kinds, claim_keys) with ordinality as q (kind, key, n) order by q.n);
        holders_before := holders;
    end if;

    for i in 1 .. cardinality(command_slots) loop
        slot := command_slots[i];
        outcome := 'done';
        answer := null; item := null; expected := null; actual := null; holder := null;
        won[i] := false;
        if digests[slot] is not null then
            if digests[slot] = command_digests[i] then
                outcome := 'repeated';
                answer := coalesce(answers[slot], (
                    select c.answer::text from store.commands c
                    where c.principal = slot_principals[slot] and c.command_id = slot_commands[slot]));
            else
                outcome := 'key_reused';
            end if;
        else
            for j in expect_first .. expect_ends[i] loop
                if versions[expect_streams[j]] <> expect_versions[j] then
                    outcome := 'stale';
                    item := expect_streams[j];
                    expected := expect_versions[j];
                    actual := versions[item];
                    exit;
                end if;
            end loop;
            if outcome = 'done' and take_ends[i] >= take_first then
                trial := holders;
                for j in take_first .. take_ends[i] loop
                    own := stream_kinds[take_streams[j]] || ':' || stream_ids[take_streams[j]]::text;
                    item := take_claims[j];
                    if take_releases[j] then
                        if trial[item] = own then
                            trial[item] := null;
                        end if;
                    elsif trial[item] is null then
                        trial[item] := own;
                    elsif trial[item] <> own then
                        outcome := 'taken';
                        holder := trial[item];
                        exit;
                    end if;
                end loop;
                if outcome = 'done' then
                    holders := trial;
                    item := null;
                end if;
            end if;
            if outcome = 'done' then
                for j in expect_first .. expect_ends[i] loop
                    versions[expect_streams[j]] := expect_versions[j] + expect_events[j];
                end loop;
                digests[slot] := command_digests[i];
                answers[slot] := command_answers[i];
                won[i] := true;
                any_won := true;
            end if;
        end if;
        expect_first := expect_ends[i] + 1;
        take_first := take_ends[i] + 1;
        return next;
    end loop;

    if not any_won then
        return;
    end if;

    insert into store.commands (principal, command_id, digest, answer)
        select slot_principals[c.slot], slot_commands[c.slot], c.digest, c.answer::json
        from unnest(command_slots, command_digests, command_answers, won) as c (slot, digest, answer, won)
        where c.won;

    if holders is distinct from holders_before then
        delete from store.claims c
            using unnest(claim_kinds, claim_keys, holders_before, holders) as q (kind, key, was, now)
            where q.was is distinct from q.now and c.kind = q.kind and c.key = q.key;
        -- A uuid is 36 characters long, so the kind before it may hold anything.
        insert into store.claims (kind, key, stream_type, stream_id)
            select q.kind, q.key, left(q.now, -37), right(q.now, 36)::uuid
            from unnest(claim_kinds, claim_keys, holders_before, holders) as q (kind, key, was, now)
            where q.was is distinct from q.now and q.now is not null;
    end if;

    if cardinality(event_ids) = 0 then
        return;
    end if;
    -- The order of insertion is the order of the identity.
    insert into store.events (
        aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, event_id, recorded_at, occurred_on)
        select stream_kinds[e.stream], stream_ids[e.stream]::text, e.sequence, e.type, e.version,
               e.payload::json, e.metadata::json, e.id, e.recorded::timestamptz, e.occurred::date
        from unnest(
            event_commands, event_streams, event_sequences, event_ids, event_types, event_versions,
            event_payloads, event_metadata, event_recorded, event_occurred
        ) with ordinality as e (
            command, stream, sequence, id, type, version, payload, metadata, recorded, occurred, n)
        where won[e.command]
        order by e.n;
end
$$;
