-- The counts of a request that has ended, reckoned once: until then, and for those that ended before this, they are
-- reckoned from the record of what was done.
alter table views.requests
    add column final_skipped bigint,
    add column final_applied bigint,
    add column final_open bigint,
    add column final_stuck bigint;
