-- Failures fade with time, so they are no whole numbers.
alter table attempts alter column failures type double precision;
