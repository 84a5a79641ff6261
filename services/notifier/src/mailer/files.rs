//! Mails as `.eml` files, where no server is set: `<data>/mail/<day>/<id>.eml`, whole or not at all.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use jiff::civil::Date;
use lettre::Message;
use uuid::Uuid;

use super::DeliveryError;

#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes the mail and answers its name below the folder, which is made of day and id alone.
    pub(super) async fn write(
        &self,
        message: &Message,
        day: Date,
        id: Uuid,
    ) -> Result<String, DeliveryError> {
        let folder = self.folder.join(day.to_string());
        let bytes = message.formatted();
        let writing = tokio::task::spawn_blocking(move || {
            // Only the owner reads: mails name people.
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
            let temporary = folder.join(format!(".{id}.{}", Uuid::new_v4()));
            let mut file =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&temporary, folder.join(format!("{id}.eml")))?;
            std::fs::File::open(&folder)?.sync_all()
        });
        match writing.await {
            Ok(written) => written.map_err(DeliveryError::File)?,
            Err(stopped) => return Err(DeliveryError::File(std::io::Error::other(stopped))),
        }
        Ok(format!("{day}/{id}.eml"))
    }
}
