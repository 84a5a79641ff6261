//! Invented people in whom every state occurs, loaded through the public doors, as a user would.

mod books;
mod plot;
mod state;
mod story;

use std::collections::HashMap;
use std::time::Duration;

use jiff::civil::Date;
use peiyu_domain::policy::Policy;
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{Code, Failure};
use crate::people::{self, Found};
use crate::place::Place;
use crate::terminal::Progress;
use state::State;

pub(crate) use plot::DAYS;

/// How long a read model may take to show what was imported.
const SHOWN_WITHIN: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);

/// Adopts the shipped policy, unless it was adopted before or a later one is in force.
///
/// # Errors
/// When the api does not answer.
pub(crate) async fn adopt_policy(client: &Client) -> Result<(), Failure> {
    let body = json!({ "content": Policy::shipped_text() });
    match client.post("/v1/policies", &body).await {
        // The installation has a later one.
        Err(failure) if failure.code == Code::Refused => Ok(()),
        other => other.map(drop),
    }
}

/// Loads what is not loaded yet.
///
/// # Errors
/// When a step fails; the next start goes on from there.
pub(crate) async fn load(place: &Place, client: &Client, today: Date, quiet: bool) -> Result<(), Failure> {
    if !place.demo_state().exists() && holds_a_university(client).await? {
        // Somebody else's people are there: the invented ones stay out.
        return Ok(());
    }
    let mut state = State::read_or_begin(place, today)?;
    if state.is_finished() {
        return Ok(());
    }
    let progress = Progress::begin("载入示例人员 loading invented people", quiet);
    let mut loader = Loader { place, client, state: &mut state, found: HashMap::new(), progress, steps: 0 };
    story::tell(&mut loader).await?;
    loader.progress.end();
    state.finish(place)
}

async fn holds_a_university(client: &Client) -> Result<bool, Failure> {
    let tree = client.get("/v1/organisations", &[]).await?;
    Ok(!people::items(&tree).is_empty())
}

/// One load under way.
#[derive(Debug)]
struct Loader<'a> {
    place: &'a Place,
    client: &'a Client,
    state: &'a mut State,
    found: HashMap<&'static str, Found>,
    progress: Progress,
    steps: u64,
}

impl Loader<'_> {
    /// A day of the story.
    fn day(&self, day: plot::Day) -> Date {
        day.on(self.state.today)
    }

    /// Somebody, as soon as the read models show them.
    async fn person(&mut self, staff_number: &'static str) -> Result<String, Failure> {
        if let Some(found) = self.found.get(staff_number) {
            return Ok(found.id.clone());
        }
        let deadline = tokio::time::Instant::now() + SHOWN_WITHIN;
        loop {
            match people::find(self.client, staff_number).await {
                Ok(found) => {
                    let id = found.id.clone();
                    self.found.insert(staff_number, found);
                    return Ok(id);
                }
                Err(failure) if tokio::time::Instant::now() > deadline => return Err(failure),
                Err(failure) if failure.code == Code::Failed => tokio::time::sleep(LOOK).await,
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Sends a command once, whatever happens in between; its answer, or none when it was done before.
    async fn send(&mut self, step: &str, path: &str, body: &Value) -> Result<Option<Value>, Failure> {
        self.send_if(step, path, body, None).await
    }

    async fn send_if(
        &mut self,
        step: &str,
        path: &str,
        body: &Value,
        etag: Option<&str>,
    ) -> Result<Option<Value>, Failure> {
        if self.state.is_done(step) {
            return Ok(None);
        }
        let answer = self.client.command(path, body, self.state.command_id(step), etag).await?;
        self.done(step)?;
        Ok(Some(answer))
    }

    fn done(&mut self, step: &str) -> Result<(), Failure> {
        self.steps += 1;
        self.progress.at(self.steps, story::STEPS);
        self.state.note_done(self.place, step)
    }
}
