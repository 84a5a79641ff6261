-- The dry run whose file a run takes in; each is taken in once, however often somebody confirms.

alter table uploads add column confirms uuid unique references uploads (import_id);
