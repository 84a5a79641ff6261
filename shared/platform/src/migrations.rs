//! One schema and one migrations folder per owning crate: brings it up to date, or says that it is not.
//!
//! sqlx keeps its history in a table with one fixed name, so each crate's history stands in its own schema.

use sqlx::{
    Connection, PgConnection, PgPool, Row,
    migrate::{MigrateError, Migrator},
};

/// A schema owned by one crate, with the migrations that build it.
#[derive(Debug)]
pub struct Schema {
    /// Name in PostgreSQL, such as `store`.
    pub name: &'static str,
    /// What `sqlx::migrate!()` embedded.
    pub migrator: &'static Migrator,
}

/// Why a schema could not be used or brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// No migration has run here.
    #[error("schema {schema} is not in this database; run `peiyu migrate`")]
    Missing {
        /// The schema.
        schema: &'static str,
    },
    /// The binary is newer than the database.
    #[error("schema {schema} lacks migration {version}; run `peiyu migrate`")]
    Older {
        /// The schema.
        schema: &'static str,
        /// First migration that has not run.
        version: i64,
    },
    /// The database is newer than the binary.
    #[error(
        "schema {schema} has migration {version}, which this binary does not know; install the newer binary"
    )]
    Newer {
        /// The schema.
        schema: &'static str,
        /// First migration that the binary does not know.
        version: i64,
    },
    /// A migration was edited after it had run, or ended half way.
    #[error("migration {version} of schema {schema} is not the one that this binary carries")]
    Changed {
        /// The schema.
        schema: &'static str,
        /// The migration.
        version: i64,
    },
    /// A migration failed.
    #[error("cannot migrate schema {schema}")]
    Migrate {
        /// The schema.
        schema: &'static str,
        /// What sqlx said.
        #[source]
        source: MigrateError,
    },
    /// The database did not answer.
    #[error("the database did not answer")]
    Database(#[from] sqlx::Error),
}

/// One number for all crates: two `peiyu migrate` wait for each other.
const MIGRATION_LOCK: i64 = 0x7065_6979_7501;

impl Schema {
    /// The newest migration that this binary carries; 0 for none.
    #[must_use]
    pub fn newest(&self) -> i64 {
        self.migrator.iter().map(|migration| migration.version).max().unwrap_or(0)
    }

    /// Creates the schema when it is missing and runs what has not run, under an advisory lock.
    ///
    /// # Errors
    /// When the database is away, newer than the binary, or a migration fails.
    pub async fn migrate(&self, pool: &PgPool) -> Result<(), SchemaError> {
        // Detached, so that its search path and lock end with it and never return to the pool.
        let mut connection = pool.acquire().await?.detach();
        let outcome = self.migrate_on(&mut connection).await;
        connection.close().await?;
        outcome
    }

    async fn migrate_on(&self, connection: &mut PgConnection) -> Result<(), SchemaError> {
        sqlx::query("select pg_advisory_lock($1)").bind(MIGRATION_LOCK).execute(&mut *connection).await?;
        let create = format!("create schema if not exists {}", self.name);
        sqlx::query(&create).execute(&mut *connection).await?;
        sqlx::query("select set_config('search_path', $1, false)")
            .bind(self.name)
            .execute(&mut *connection)
            .await?;
        self.migrator.run_direct(connection).await.map_err(|source| self.migrate_error(source))
    }

    fn migrate_error(&self, source: MigrateError) -> SchemaError {
        let schema = self.name;
        match source {
            MigrateError::VersionMissing(version) => SchemaError::Newer { schema, version },
            MigrateError::VersionMismatch(version) | MigrateError::Dirty(version) => {
                SchemaError::Changed { schema, version }
            }
            source => SchemaError::Migrate { schema, source },
        }
    }

    /// Says whether the database stands exactly where this binary expects it; changes nothing.
    ///
    /// # Errors
    /// When the schema is missing, older, newer or changed, or the database is away.
    pub async fn check(&self, pool: &PgPool) -> Result<(), SchemaError> {
        let schema = self.name;
        let history = format!("{schema}._sqlx_migrations");
        let exists: bool =
            sqlx::query_scalar("select to_regclass($1) is not null").bind(&history).fetch_one(pool).await?;
        if !exists {
            return Err(SchemaError::Missing { schema });
        }
        let select = format!("select version, success, checksum from {history} order by version");
        let mut applied = Vec::new();
        for row in sqlx::query(&select).fetch_all(pool).await? {
            let version: i64 = row.try_get("version")?;
            let success: bool = row.try_get("success")?;
            let checksum: Vec<u8> = row.try_get("checksum")?;
            let Some(known) = self.migrator.iter().find(|known| known.version == version) else {
                return Err(SchemaError::Newer { schema, version });
            };
            if !success || known.checksum.as_ref() != checksum.as_slice() {
                return Err(SchemaError::Changed { schema, version });
            }
            applied.push(version);
        }
        match self.migrator.iter().find(|known| !applied.contains(&known.version)) {
            Some(missing) => Err(SchemaError::Older { schema, version: missing.version }),
            None => Ok(()),
        }
    }
}
