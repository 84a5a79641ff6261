//! Files of `deploy/` say what the code says: metrics that there are, services that there are, hardening that stays.

#![expect(clippy::unwrap_used, reason = "a test may fall over")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every word of a text that begins with `peiyu_` and stands where a metric does.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c: char| !is_part(c));
    words
        .filter(|word| word.strip_prefix("peiyu_").is_some_and(|rest| !rest.is_empty()))
        .map(str::to_owned)
        .collect()
}

/// The names in the `metric.rs` files.
fn metrics_of_the_code() -> BTreeSet<String> {
    let rooms =
        ["services", "shared"].into_iter().flat_map(|side| std::fs::read_dir(root().join(side)).unwrap());
    let files = rooms.map(|room| room.unwrap().path().join("src/metric.rs")).filter(|file| file.exists());
    files.flat_map(|file| metrics_in(&std::fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn dashboard_and_alert_rules_name_only_metrics_that_there_are() {
    let known = metrics_of_the_code();
    assert!(known.len() > 20, "{known:?}");
    for file in ["deploy/monitoring/peiyu.rules.yaml", "deploy/monitoring/grafana-dashboard.json"] {
        let named = metrics_in(&read(file));
        assert!(named.len() > 5, "{file} names {named:?}");
        for name in named {
            let parts = ["_bucket", "_sum", "_count"];
            let whole = parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(&name);
            assert!(known.contains(whole), "{file} names {name}, which no metric.rs has");
        }
    }
}

#[test]
fn every_alert_says_what_is_wrong_and_what_to_do() {
    let rules = read("deploy/monitoring/peiyu.rules.yaml");
    let alerts: Vec<&str> = rules.split("- alert: ").skip(1).collect();
    assert!(alerts.len() >= 10);
    for alert in alerts {
        for part in ["expr: ", "severity: ", "summary: ", "cure: "] {
            assert_eq!(alert.matches(part).count(), 1, "{part} in the alert {alert}");
        }
    }
}

#[test]
fn the_dashboard_is_json_and_each_panel_asks_something() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&read("deploy/monitoring/grafana-dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<i64> = panels.iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "two panels of one id");
    for panel in panels {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty() && targets.iter().all(|target| target["expr"].is_string()), "{panel}");
    }
}

#[test]
fn units_and_containers_run_the_services_that_there_are() {
    let services = ["api", "relay", "projector", "notifier"];
    let target = read("deploy/systemd/peiyu.target");
    let compose = read("deploy/container/compose.yaml");
    for service in services {
        assert!(root().join("services").join(service).is_dir());
        assert!(target.contains(&format!("peiyu@{service}.service")), "{service} is not in peiyu.target");
        assert!(compose.contains(&format!("\"run\", \"{service}\"")), "{service} is not in compose.yaml");
    }
    assert_eq!(target.matches("peiyu@").count(), services.len() + target.matches("now peiyu@").count());
}

#[test]
fn the_unit_stays_hardened() {
    let unit = read("deploy/systemd/peiyu@.service");
    let wanted = [
        "User=peiyu",
        "LoadCredential=",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "PrivateDevices=yes",
        "RestrictNamespaces=yes",
        "SystemCallFilter=@system-service",
        "Restart=on-failure",
    ];
    for line in wanted {
        assert!(unit.lines().any(|found| found.starts_with(line)), "{line} is missing");
    }
}

#[test]
fn the_relay_is_given_no_master_key_and_the_others_are() {
    let relay = read("deploy/systemd/peiyu@relay.service.d/no-master-key.conf");
    let settings: Vec<&str> = relay.lines().filter(|line| !line.starts_with('#')).collect();
    // An empty assignment takes back what the template loads; what follows is all that the relay gets.
    let loaded: Vec<&str> = settings.iter().filter_map(|line| line.strip_prefix("LoadCredential=")).collect();
    assert_eq!(loaded, ["", "peiyu.toml:/etc/peiyu/relay.toml"]);
    assert!(settings.contains(&"ExecStartPre="), "the template's step would look for the key");
    assert!(read("deploy/systemd/peiyu@.service").contains("LoadCredential=master.key:"));

    let compose = read("deploy/container/compose.yaml");
    let common = compose.split("\nservices:\n").next().unwrap();
    assert!(common.contains(":/run/secrets/master.key:ro") && !common.contains("./secrets:"), "{common}");
    let relay = compose.split("\n  relay:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(relay.contains("    volumes:\n") && !relay.contains("/run/secrets/master.key"), "{relay}");
}

#[test]
fn the_servers_example_gives_each_user_the_rights_that_the_code_needs() {
    let example = read("deploy/nats.conf");
    for rights in [
        peiyu_contracts::nats_rights::NatsRights::relay("demo"),
        peiyu_contracts::nats_rights::NatsRights::projector(),
    ] {
        let entry = rights.entry("");
        for line in entry.lines().map(str::trim).filter(|line| line.contains("allow")) {
            assert!(example.contains(line), "deploy/nats.conf lacks, for {}: {line}", rights.user);
        }
    }
}
