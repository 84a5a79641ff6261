//! The pages in a real browser: a system of invented people, walked by the scripts of `tests/browser`.
//! No retry, no waiting on time: a walk that fails once has failed, and what it said is shown.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::house::House;

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser")
}

/// Walks one script against a system of its own, as somebody's Chromium would.
#[track_caller]
fn walk(script: &str) {
    let house = House::new();
    house.run(&["up", "--detach", "--listen", "127.0.0.1:0"]);
    // Chromium keeps things there.
    std::fs::create_dir_all(house.file("home")).unwrap();
    let node = scripts();
    assert!(
        node.join("node_modules").exists(),
        "the walks need Chromium and Node: run deploy/install --tests"
    );
    let output = house
        .with_environment("node")
        .arg(node.join(script))
        .env("PEIYU_TEST_URL", house.setting("http", "public_url"))
        .env("PEIYU_TEST_BINARY", env!("CARGO_BIN_EXE_peiyu"))
        .stderr(Stdio::piped())
        .output()
        .unwrap_or_else(|fault| panic!("node does not start ({fault}): run deploy/install --tests"));
    let (said, noted) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(house.data().join("peiyu.log")).unwrap_or_default();
    let errors: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert!(
        output.status.success(),
        "{script} ended with {}:\n{said}\n{noted}\nerrors in the log: {errors:#?}",
        output.status,
    );
    // The measured sizes, times and taps, for whoever asks to see the output.
    said.lines().filter(|line| line.contains("# ")).for_each(|line| println!("{line}"));
}

#[test]
fn one_signs_in_chooses_a_language_and_lands_on_what_is_to_do() {
    walk("signing_in.js");
}

#[test]
fn a_talk_is_recorded_in_place_with_few_taps_and_only_once() {
    walk("talks.js");
}

#[test]
fn what_was_typed_survives_a_reload_an_ended_sign_in_and_a_restarted_server() {
    walk("kept.js");
}

#[test]
fn odd_input_other_sites_and_a_browser_without_scripts_are_met() {
    walk("bad_input.js");
}

#[test]
fn every_page_is_accessible_quiet_still_and_light() {
    walk("every_page.js");
}

#[test]
fn the_days_of_liaison_secretary_and_officer_are_walked_whole_and_their_taps_counted() {
    walk("days.js");
}

#[test]
fn the_same_days_are_walked_with_javascript_off() {
    walk("days_plain.js");
}

#[test]
fn more_tabs_than_connections_open_and_the_one_looked_at_is_live() {
    walk("tabs.js");
}

#[test]
fn a_part_that_refreshes_itself_outlives_a_fault_and_keeps_focus_and_row() {
    walk("refresh.js");
}

#[test]
fn paper_shows_what_is_folded_and_says_whose_it_is_and_which_page() {
    walk("paper.js");
}

#[test]
fn everything_is_reached_by_keys() {
    walk("keys.js");
}
