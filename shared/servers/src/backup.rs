//! Copies of a private PostgreSQL: taken while it runs, cleaned of its write-ahead log, taken in elsewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use secrecy::ExposeSecret;

use crate::folder::{self, Owner};
use crate::postgres::USER;
use crate::process::as_owner;
use crate::{FindError, Postgres, PostgresServer, ServerError, is_running};

/// What a server leaves in its folder beside its data; none of it belongs into a backup.
const BESIDE_DATA: [&str; 4] = ["password", "server.json", "server.log", "lock"];
/// Between two looks at a running program.
const LOOK: Duration = Duration::from_millis(100);

impl PostgresServer {
    /// Copies the whole cluster into `<folder>/data` while everything runs (`pg_basebackup`, with the write-ahead
    /// log that the copy needs), so that [`Postgres::start`] starts the copy. `tick` is called now and then.
    ///
    /// # Errors
    /// [`ServerError::Failed`] with what the program said (a full disk, no right to replicate). What was copied by
    /// then is left for the caller to remove.
    pub async fn base_backup(
        &self,
        postgres: &Postgres,
        folder: &Path,
        mut tick: impl FnMut(),
    ) -> Result<(), ServerError> {
        let owner = Owner::of_servers()?;
        let folder = folder::prepare(folder, &owner)?;
        let program = postgres.program("pg_basebackup")?;
        let mut command = Command::new(&program);
        command.current_dir(&folder).arg("--pgdata").arg(folder.join("data"));
        command.args(["--host=127.0.0.1", "--no-password", "--wal-method=stream", "--checkpoint=fast"]);
        command.arg(format!("--username={USER}")).arg(format!("--port={}", self.port()));
        // In the environment, since other users of the machine can read an argument.
        command.env("PGPASSWORD", self.password.expose_secret()).env_remove("PGHOST").env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let spawned = as_owner(&mut command, &owner).spawn();
        let mut child = spawned.map_err(|source| ServerError::Spawn {
            program: program.clone(),
            as_user: owner.drop_to.clone(),
            source,
        })?;
        while child.try_wait().map_err(ServerError::file(&program))?.is_none() {
            tick();
            tokio::time::sleep(LOOK).await;
        }
        let output = child.wait_with_output().map_err(ServerError::file(&program))?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(ServerError::Failed { program, output });
        }
        // The copy has the same superuser with the same password.
        folder::write_owned(&folder.join("password"), self.password.expose_secret(), &owner)
    }
}

impl Postgres {
    /// One of its programs: in its folder, or where its `postgres` really lies (a link may stand alone in `PATH`).
    ///
    /// # Errors
    /// [`FindError::Missing`] when this installation lacks it.
    fn program(&self, name: &'static str) -> Result<PathBuf, ServerError> {
        let real = fs::canonicalize(self.bin().join("postgres")).ok();
        let folders = [Some(self.bin()), real.as_deref().and_then(Path::parent)];
        let found = folders.into_iter().flatten().map(|folder| folder.join(name)).find(|path| path.exists());
        let looked_in = self.bin().display().to_string();
        found.ok_or(ServerError::Find(FindError::Missing { program: name, looked_in }))
    }

    /// Empties the write-ahead log of a copy that was stopped in good order, and removes what its server left
    /// beside the data: neither log nor password lies in what remains.
    ///
    /// # Errors
    /// [`ServerError::Failed`] when the server was not stopped in good order.
    pub fn finish_copy(&self, folder: &Path) -> Result<(), ServerError> {
        let owner = Owner::of_servers()?;
        let data = folder.join("data");
        self.run_as(&owner, Command::new(self.program("pg_resetwal")?).arg("--pgdata").arg(&data), None)?;
        for name in ["backup_manifest", "backup_label.old", "tablespace_map.old"] {
            remove_if_there(&data.join(name))?;
        }
        BESIDE_DATA.iter().try_for_each(|name| remove_if_there(&folder.join(name)))
    }

    /// Takes in data that was copied into `<folder>/data` by hand: gives it to the servers' user and makes a new
    /// password, so that [`Postgres::start`] starts it.
    ///
    /// # Errors
    /// [`ServerError`]; data of another major version is refused.
    pub fn take_in(&self, folder: &Path) -> Result<(), ServerError> {
        let owner = Owner::of_servers()?;
        let folder = folder::prepare(folder, &owner)?;
        if is_running(&folder) {
            return Err(ServerError::Busy { folder, seconds: 0 });
        }
        let data = folder.join("data");
        give_tree(&data, &owner)?;
        self.refuse_foreign_data(&data, &owner)?;
        remove_if_there(&folder.join("password"))?;
        let password = folder::password(&folder, &owner, false)?;
        // Nobody knows the password in the copy; single-user mode asks for none. Ours is hexadecimal.
        let mut command = Command::new(self.bin().join("postgres"));
        command.args(["--single", "-D"]).arg(&data).arg("postgres");
        let statement = format!("alter role {USER} password '{password}'\n");
        self.run_as(&owner, &mut command, Some(&statement))
    }

    fn run_as(&self, owner: &Owner, command: &mut Command, input: Option<&str>) -> Result<(), ServerError> {
        use std::io::Write;
        let program = command.get_program().to_owned().into();
        command.env("LC_ALL", "C").current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let spawned = as_owner(command, owner).spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(source) => {
                return Err(ServerError::Spawn { program, as_user: owner.drop_to.clone(), source });
            }
        };
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            stdin.write_all(input.as_bytes()).map_err(ServerError::file(&program))?;
        }
        let output = child.wait_with_output().map_err(ServerError::file(&program))?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        // Single-user mode ends well whatever its statements came to.
        if !output.status.success() || said.contains("ERROR:") {
            return Err(ServerError::Failed { program, output: said });
        }
        Ok(())
    }
}

fn remove_if_there(path: &Path) -> Result<(), ServerError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ServerError::file(path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Every file and folder becomes the owner's and nobody else's.
fn give_tree(path: &Path, owner: &Owner) -> Result<(), ServerError> {
    let failed = ServerError::file;
    let is_folder = fs::symlink_metadata(path).map_err(failed(path))?.is_dir();
    let mode = if is_folder { 0o700 } else { 0o600 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed(path))?;
    owner.give(path)?;
    if is_folder {
        for entry in fs::read_dir(path).map_err(failed(path))? {
            give_tree(&entry.map_err(failed(path))?.path(), owner)?;
        }
    }
    Ok(())
}
