//! A service as a process of its own, run with a settings file, and events for it to carry.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use peiyu_contracts::testing::metadata;
use peiyu_store::{Append, NewEvent, Sealed, StreamId, StreamVersion};
use uuid::Uuid;

use crate::house::until;

/// `peiyu run NAME`; killed when it goes out of scope.
pub struct Service {
    child: Child,
    config: PathBuf,
    /// Address of its `/readyz`.
    pub ready: String,
}

impl Service {
    /// Starts it. `[database]` and `[nats]` are its own; it has no api, and health on a port of its own.
    pub fn start(name: &str, folder: &Path, (database_url, nats, master_key): (&str, &str, &str)) -> Self {
        let port = peiyu_servers::free_port(None).unwrap();
        let data = folder.display().to_string();
        let text = format!(
            "tenant = \"demo\"\ndata = {data:?}\n[database]\nurl = {database_url:?}\nkeys_url = {database_url:?}\n\
             [nats]\n{nats}\n[http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\n\
             operations = \"127.0.0.1:{port}\"\n[vault]\nmaster_key_file = {master_key:?}\n",
        );
        let config = folder.join(format!("{name}-{port}.toml"));
        std::fs::write(&config, text).unwrap();
        let log = std::fs::File::create(folder.join(format!("{name}-{port}.log"))).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_peiyu"))
            .args(["run", name, "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, config, ready: format!("http://127.0.0.1:{port}/readyz") }
    }

    pub fn is_ready(&self) {
        until("the service is ready", || {
            reqwest::blocking::get(&self.ready).is_ok_and(|answer| answer.status().is_success())
        });
    }

    /// A verb with this service's settings; there is no terminal.
    pub fn peiyu(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_peiyu"));
        command.args(arguments).arg("--config").arg(&self.config).stdin(Stdio::null()).output().unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Asks it to end, as a service manager does.
    pub fn stop(mut self) {
        self.signal(Signal::SIGTERM);
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The first events of a new stream, as one command.
pub fn first_events(stream: StreamId, events: Vec<NewEvent>) -> Append {
    Append {
        principal: Uuid::from_u128(1),
        command_id: Uuid::now_v7(),
        digest: [7; 32],
        answer: "{}".to_owned(),
        writes: vec![StreamVersion { stream, version: 0 }],
        facts: vec![],
        claims: vec![],
        releases: vec![],
        events,
    }
}

/// An event under its own key, recorded now.
pub fn event(stream: &StreamId, sequence: i64, event_id: Uuid, name: &str, payload: String) -> NewEvent {
    let now = peiyu_platform::Clock::machine(jiff::SignedDuration::ZERO).now();
    NewEvent {
        stream: stream.clone(),
        sequence,
        event_type: name.to_owned(),
        event_version: 1,
        payload: Sealed::from_vault(payload).unwrap(),
        metadata: metadata(event_id, now, event_id, stream.id),
    }
}
