//! The users of a private nats-server: kept in `users.json` with their passwords, written out as `users.conf`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use peiyu_contracts::nats_rights::NatsRights;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::ServerError;
use crate::folder::{self, Owner, random_secret};

/// A user beside the operator's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct User {
    password: String,
    publish: Vec<String>,
    subscribe: Vec<String>,
}

/// Users by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NatsUsers {
    folder: PathBuf,
    users: BTreeMap<String, User>,
}

impl NatsUsers {
    /// The users kept in a server's folder; none when there is no file yet.
    pub(crate) fn read(folder: &Path) -> Result<Self, ServerError> {
        let path = folder.join("users.json");
        let users = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                ServerError::file(&path)(io::Error::new(io::ErrorKind::InvalidData, error))
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(ServerError::file(&path)(error)),
        };
        Ok(Self { folder: folder.to_owned(), users })
    }

    /// Gives a user these rights; a new one gets a password, a known one keeps its own. True when that is a change.
    pub(crate) fn put(&mut self, rights: &NatsRights) -> bool {
        let known = self.users.get(&rights.user);
        let user = User {
            password: known.map_or_else(random_secret, |known| known.password.clone()),
            publish: rights.publish.clone(),
            subscribe: rights.subscribe.clone(),
        };
        let changed = known != Some(&user);
        self.users.insert(rights.user.clone(), user);
        changed
    }

    /// Takes a user away.
    pub(crate) fn remove(&mut self, name: &str) {
        self.users.remove(name);
    }

    /// A user's password.
    pub(crate) fn password(&self, name: &str) -> Option<SecretString> {
        self.users.get(name).map(|user| user.password.clone().into())
    }

    /// Writes both files; `operator` is the user that may do everything, with its password.
    pub(crate) fn write(&self, owner: &Owner, operator: (&str, &str)) -> Result<(), ServerError> {
        let kept = self.folder.join("users.json");
        let text = serde_json::to_string_pretty(&self.users)
            .map_err(|error| ServerError::file(&kept)(io::Error::other(error)))?;
        folder::write_owned(&kept, &text, owner)?;
        let (name, password) = operator;
        let mut text = format!(
            "# Written by peiyu; changes are lost.\nauthorization {{ users = [\n\
             {{ user: \"{name}\", password: \"{password}\" }}\n"
        );
        for (name, user) in &self.users {
            let User { password, publish, subscribe } = user.clone();
            text.push_str(&NatsRights { user: name.clone(), publish, subscribe }.entry(&password));
            text.push('\n');
        }
        text.push_str("] }\n");
        folder::write_owned(&self.folder.join("users.conf"), &text, owner)
    }
}
