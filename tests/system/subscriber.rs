//! The subscriber in Python, as an engineer of another system would run it.

use std::process::Command;

use serde_json::Value;

use crate::house::House;

/// Everything that `subscriber.py` got up to a position. It checks order, gaps and doubles by itself.
#[track_caller]
pub fn python_subscriber(house: &House, last: i64) -> Vec<Value> {
    python_subscriber_of(house, 1, last)
}

/// The same of one epoch.
#[track_caller]
pub fn python_subscriber_of(house: &House, epoch: i32, last: i64) -> Vec<Value> {
    let python = std::env::var("PEIYU_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/system/subscriber.py");
    let stream = format!("PEIYU_{}_{epoch}", house.tenant());
    let output = Command::new(&python)
        .arg(script)
        .args([
            house.setting("nats", "url"),
            house.setting("nats", "user"),
            house.setting("nats", "password"),
        ])
        .args([stream, last.to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python} {script}: {said}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
