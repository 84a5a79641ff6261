//! The vault on a real PostgreSQL: one binary, one database a test.
