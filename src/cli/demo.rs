//! `mailglean demo`: the whole job on the embedded sample mailbox, over a loopback IMAP connection.

use super::audit::Show;
use super::job::Job;
use super::output::Existing;
use super::progress::Voice;
use super::{Failure, Outcome, runtime};
use crate::config::{Config, Flags, Plan};
use crate::demo::{ADDRESS_BOOK, Server, sample};
use crate::source::contacts;
use crate::source::imap::{ImapSource, Login, Settings, Tls, Trust};

#[derive(clap::Args)]
pub struct Args {
    /// A plug-in to simulate, by id or as a file; may be given more than once.
    #[arg(long = "profile", value_name = "ID")]
    profiles: Vec<String>,
    #[command(flatten)]
    show: Show,
}

pub fn run(args: &Args, voice: Voice) -> Result<Outcome, Failure> {
    // The origin is not used: the server's port is known only when it runs.
    let flags =
        Flags { source: Some("imaps://sample@127.0.0.1".into()), profiles: args.profiles.clone(), ..Flags::default() };
    let plan = Plan::new(Config::default(), args.show.clone().over(flags))?;
    // A demo's result may replace an earlier demo's, so that the command can be repeated; no other file.
    let existing = if args.show.overwrite || is_demo(&plan.out) { Existing::Replace } else { Existing::Keep };
    let book = contacts::read(ADDRESS_BOOK, None);
    let book = book.ok_or_else(|| Failure::new(Outcome::Internal, "the embedded address book cannot be read"))?;
    let job = Job::new(plan, existing, voice, Some(book))?;
    runtime()?.block_on(async {
        let failed = |error: crate::demo::StartError| Failure::new(Outcome::Internal, super::chain(&error));
        let server = Server::new(sample()).start().await.map_err(failed)?;
        let login = Login::Password(server.password.clone().into());
        let mut settings = Settings::new("127.0.0.1", server.tls.port(), Tls::Implicit, &server.user, login);
        settings.trust = Trust::Pem(server.ca_pem.clone().into_bytes());
        job.run("imap", &mut ImapSource::new(settings)).await
    })
}

/// Whether this file is the result of an earlier demo.
fn is_demo(path: &std::path::Path) -> bool {
    std::fs::read(path)
        .is_ok_and(|bytes| crate::report::Report::load(&bytes, None).is_ok_and(|report| report.synthetic))
}
