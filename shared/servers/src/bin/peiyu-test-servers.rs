//! `peiyu-test-servers stop` ends the servers that tests share; `tests/run` calls it last.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some("stop") {
        eprintln!("usage: peiyu-test-servers stop");
        return ExitCode::from(2);
    }
    match peiyu_servers::testing::stop_shared().await {
        Ok(_ran) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
