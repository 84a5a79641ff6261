//! The one binary of Peiyu.

use std::process::ExitCode;

fn main() -> ExitCode {
    peiyu::start()
}
