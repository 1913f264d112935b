//! The process: from a result to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mailglean::cli::run()
}
