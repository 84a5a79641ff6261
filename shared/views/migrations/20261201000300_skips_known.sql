-- The last skip (`no` of its intervention) that a generation has taken into account. One that came later may concern
-- an event that the generation took in before, and is carried over before it serves.
alter table views.checkpoints add column skips_known bigint not null default 0;
create index on views.interventions (name, no) where what = 'skip';
