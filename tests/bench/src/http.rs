//! Commands through HTTP: authenticate, authorise, gather facts, seal, answer; against the same commands in the
//! application, and against bare commands in the store.

use std::time::Duration;

use anyhow::Context;
use peiyu_application::Application;
use peiyu_domain::values::PersonId;
use peiyu_platform::Shutdown;
use peiyu_platform::settings::Events;
use uuid::Uuid;

use crate::living::request;
use crate::load::{prepare, run_clients};
use crate::machine::Machine;
use crate::store::ours_round;
use crate::table::{Bar, Table, median};

const DURATION: Duration = Duration::from_secs(3);
const ROUNDS: usize = 3;
const CLIENTS: [usize; 3] = [1, 8, 32];
/// Aggregates of a round in the bare store.
const BARE_A_ROUND: usize = 1600;

/// An api that is served with its pages, and the operator who asks it.
pub struct Served {
    pub client: reqwest::Client,
    pub base: String,
    pub token: String,
    shutdown: Shutdown,
    task: tokio::task::JoinHandle<Result<(), peiyu_api::ApiError>>,
}

pub async fn measure(
    machine: &Machine,
    application: &Application,
    candidates: &[Uuid],
    liaison: PersonId,
    table: &mut Table,
) -> anyhow::Result<()> {
    let served = serve(machine, application, "api").await?;
    let store = machine.store("bare", 40).await?;
    let bare_ids = prepare(&store, BARE_A_ROUND * ROUNDS * CLIENTS.len()).await?;
    let mut bare_slices = bare_ids.chunks(BARE_A_ROUND);
    let mut slices = candidates.chunks(candidates.len() / (2 * ROUNDS * CLIENTS.len()));
    for clients in CLIENTS {
        let (mut direct, mut http, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let mut slice = || slices.next().context("more candidates than rounds");
            direct.push(in_the_application(application, clients, slice()?, liaison).await?);
            http.push(served.round(clients, slice()?, liaison).await?);
            let slice = bare_slices.next().context("more aggregates than rounds")?;
            bare.push(ours_round(&store, clients, slice).await?);
        }
        let (direct, http, bare) = (median(&mut direct), median(&mut http), median(&mut bare));
        for (name, peer) in [("the same command in the application", direct), ("commands in the store", bare)]
        {
            table.row(
                format!("commands through HTTP, {clients} clients (client in the same process)"),
                format!("{http:.0}/s"),
                format!("{name}: {peer:.0}/s"),
                http / peer,
                Bar::AtLeast(0.6),
            );
        }
    }
    served.end().await
}

async fn in_the_application(
    application: &Application,
    clients: usize,
    candidates: &[Uuid],
    liaison: PersonId,
) -> anyhow::Result<f64> {
    let application = application.clone();
    let act = move |id| {
        let application = application.clone();
        async move {
            let request = request(&application);
            application.assign_liaison(&request, PersonId(id), liaison, None).await?;
            anyhow::Ok(())
        }
    };
    run_clients(clients, candidates, DURATION, act).await
}

/// Serves; `name` is the folder of its own.
pub async fn serve(machine: &Machine, application: &Application, name: &str) -> anyhow::Result<Served> {
    let data = machine.file(name);
    std::fs::create_dir_all(&data)?;
    let token = Uuid::new_v4().simple().to_string();
    let path = data.join("operator.token");
    std::fs::write(&path, &token)?;
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let pool = application.store().pool().clone();
    let parts = peiyu_api::Parts {
        application: application.clone(),
        pool,
        data,
        public_url: base.clone(),
        trusted_proxies: Vec::new(),
        letter_language: peiyu_domain::letter_template::LetterLanguage::Zh,
        events: Events::default(),
        health: peiyu_platform::Health::new(),
    };
    let shutdown = Shutdown::new();
    let api = peiyu_api::Api::new(parts);
    let task = tokio::spawn(peiyu_api::serve(api, listener, axum::Router::new(), shutdown.clone()));
    peiyu_servers::testing::use_ring();
    Ok(Served { client: reqwest::Client::new(), base, token, shutdown, task })
}

impl Served {
    pub async fn end(self) -> anyhow::Result<()> {
        self.shutdown.request();
        self.task.await??;
        Ok(())
    }

    async fn round(&self, clients: usize, candidates: &[Uuid], liaison: PersonId) -> anyhow::Result<f64> {
        let (client, base, token) = (self.client.clone(), self.base.clone(), self.token.clone());
        let act = move |id: Uuid| {
            let request = client
                .post(format!("{base}/v1/candidates/{id}/liaison"))
                .bearer_auth(&token)
                .header("idempotency-key", Uuid::now_v7().to_string())
                .json(&serde_json::json!({ "liaison": liaison }));
            async move {
                request.send().await?.error_for_status()?;
                anyhow::Ok(())
            }
        };
        run_clients(clients, candidates, DURATION, act).await
    }
}
