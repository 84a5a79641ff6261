//! Faults around uploads: no space for the file; two processes that both find an unfinished import.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use uuid::Uuid;

use super::disk::Disk;
use super::fleet::{SIDES, Service};
use super::round::Round;
use super::scenarios::Outcome;
use crate::house::{sample, until};

/// Sends a workbook under a command id to one of the apis.
fn upload(round: &Round<'_>, side: usize, kind: &str, file: &str, id: Uuid) -> (StatusCode, Value) {
    let client = &round.client;
    let part = Part::bytes(std::fs::read(sample(file)).unwrap()).file_name(file.to_owned());
    let request = reqwest::Client::new()
        .post(format!("{}/v1/imports?kind={kind}", client.bases[side]))
        .timeout(Duration::from_secs(60))
        .bearer_auth(&client.world.token)
        .header("idempotency-key", id.to_string())
        .multipart(Form::new().part("file", part));
    round.fleet.house.runtime.block_on(async {
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    })
}

/// How a run stands, as one of the apis says; nothing while it is away.
fn run(round: &Round<'_>, side: usize, id: &str) -> Option<Value> {
    let client = &round.client;
    let request = reqwest::Client::new()
        .get(format!("{}/v1/imports/{id}", client.bases[side]))
        .bearer_auth(&client.world.token);
    round.fleet.house.runtime.block_on(async { request.send().await.ok()?.json().await.ok() })
}

fn has_ended(run: Option<&Value>) -> bool {
    run.is_some_and(|run| run["state"] == "finished" || run["state"] == "failed")
}

/// An upload that finds no space is refused, says so, and goes through under the same id once there is some.
pub fn full_disk_data(round: &mut Round<'_>) -> Outcome {
    if let Some(why) = &round.fleet.disks.refusal {
        return Outcome::Skipped(why.clone());
    }
    let id = Uuid::now_v7();
    round.fleet.disks.fill(Disk::Data);
    let (status, problem) = upload(round, 0, "organisation", "organisation-clean-1200.xlsx", id);
    round.wait_for_commands(20);
    round.fleet.disks.empty();
    if !status.is_server_error() || problem["detail"].as_str().is_none_or(str::is_empty) {
        return Outcome::Wrong(format!("an upload without space was answered with {status}: {problem}"));
    }
    let (status, begun) = upload(round, 1, "organisation", "organisation-clean-1200.xlsx", id);
    if status != StatusCode::ACCEPTED {
        return Outcome::Wrong(format!("with space again the upload was answered with {status}: {begun}"));
    }
    let run_id = begun["id"].as_str().unwrap_or_default().to_owned();
    until("the import ends", || has_ended(run(round, 1, &run_id).as_ref()));
    match run(round, 0, &run_id) {
        Some(run) if run["state"] == "finished" => Outcome::Injected(1),
        other => Outcome::Wrong(format!("the other api says of the import: {other:?}")),
    }
}

/// Both apis die in an import, both find it when they start, and one of them dies again.
pub fn resumed_by_both(round: &mut Round<'_>) -> Outcome {
    let id = Uuid::now_v7();
    let (status, begun) = upload(round, 0, "roster", "roster-messy-1500.xlsx", id);
    assert_eq!(status, StatusCode::ACCEPTED, "{begun}");
    let (_, again) = upload(round, 1, "roster", "roster-messy-1500.xlsx", id);
    if again != begun {
        return Outcome::Wrong(format!("the same upload on both apis: {begun} and {again}"));
    }
    let run_id = begun["id"].as_str().unwrap_or_default().to_owned();
    let chunks = || {
        let query = format!(
            "select count(*) from store.events where aggregate_id = '{run_id}' \
             and event_type = 'ImportChunkApplied'"
        );
        round.fleet.count(&query)
    };
    until("the import is under way", || chunks() > 0);
    for side in SIDES {
        round.fleet.kill((Service::Api, side));
    }
    for side in SIDES {
        round.fleet.start_service((Service::Api, side), None);
    }
    round.wait_for_commands(5);
    let victim = rand::Rng::random_range(&mut round.random, 0..2);
    round.fleet.kill((Service::Api, victim));
    until("the other api ends the import", || has_ended(run(round, 1 - victim, &run_id).as_ref()));
    round.fleet.start_service((Service::Api, victim), None);
    round.fleet.wait_until_served();
    let (one, other) = (run(round, 0, &run_id), run(round, 1, &run_id));
    let ends = format!(
        "select count(*) from store.events where aggregate_id = '{run_id}' and event_type = 'ImportFinished'"
    );
    let ends = round.fleet.count(&ends);
    if one != other || ends != 1 || one.as_ref().is_none_or(|run| run["state"] != "finished") {
        return Outcome::Wrong(format!("{ends} ends of the import, the apis say {one:?} and {other:?}"));
    }
    Outcome::Injected(3)
}
