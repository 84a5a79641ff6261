//! Looks up what commands left behind: their first answers and their claims.

use sqlx::Row;
use uuid::Uuid;

use crate::Store;
use crate::command::StreamId;
use crate::error::StoreError;

/// A command that was done earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCommand {
    /// Keyed digest of its route and body.
    pub digest: [u8; 32],
    /// Its first answer, JSON text.
    pub answer: String,
}

impl Store {
    /// The command of a principal, when it was done.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Inconsistent`] for a digest of another length.
    pub async fn find_command(
        &self,
        principal: Uuid,
        command_id: Uuid,
    ) -> Result<Option<KnownCommand>, StoreError> {
        let row = sqlx::query(
            "select digest, answer::text as answer from store.commands where principal = $1 and command_id = $2",
        )
        .bind(principal)
        .bind(command_id)
        .fetch_optional(&self.pool)
        .await
        .map_err(StoreError::reading)?;
        let Some(row) = row else { return Ok(None) };
        let digest: Vec<u8> = row.try_get("digest").map_err(StoreError::reading)?;
        let digest = digest.try_into().map_err(|digest: Vec<u8>| {
            StoreError::inconsistent("commands", "digest", command_id, format!("{} bytes", digest.len()))
        })?;
        let answer = row.try_get("answer").map_err(StoreError::reading)?;
        Ok(Some(KnownCommand { digest, answer }))
    }

    /// Who holds a unique thing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn holder_of(&self, kind: &str, key: &[u8; 32]) -> Result<Option<StreamId>, StoreError> {
        Ok(self.holders_of(kind, std::slice::from_ref(key)).await?.pop().flatten())
    }

    /// Who holds each of several unique things, in the order asked.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn holders_of(
        &self,
        kind: &str,
        keys: &[[u8; 32]],
    ) -> Result<Vec<Option<StreamId>>, StoreError> {
        let keys: Vec<&[u8]> = keys.iter().map(<[u8; 32]>::as_slice).collect();
        let rows = sqlx::query(
            "select c.stream_type, c.stream_id from unnest($2::bytea[]) with ordinality as q (key, n) \
             left join lateral (select stream_type, stream_id from store.claims \
                 where kind = $1 and key = q.key limit 1) c on true \
             order by q.n",
        )
        .bind(kind)
        .bind(keys)
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::reading)?;
        rows.iter()
            .map(|row| {
                let stream: Option<String> = row.try_get("stream_type").map_err(StoreError::reading)?;
                let id: Option<Uuid> = row.try_get("stream_id").map_err(StoreError::reading)?;
                Ok(stream.zip(id).map(|(stream, id)| StreamId::new(stream, id)))
            })
            .collect()
    }
}
