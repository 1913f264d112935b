//! `mailglean serve`: a result, or the live demonstration, as a page of this machine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::progress::Voice;
use super::report::language;
use super::{Failure, Outcome, job, result, runtime};
use crate::config;
use crate::demo::{ADDRESS_BOOK, sample};
use crate::message::{Folder, Locator, RawMessage};
use crate::report::Look;
use crate::serve::{Demo, Sample, Server, Site};
use crate::source::contacts;

#[derive(clap::Args)]
pub struct Args {
    /// A result.json, or - for stdin.
    #[arg(required_unless_present = "demo")]
    result: Option<PathBuf>,
    /// The live demonstration on the embedded sample mailbox: for a room, nobody in it is real.
    #[arg(long, conflicts_with = "result")]
    demo: bool,
    /// A plug-in to simulate in the demonstration, by id or as a file.
    #[arg(long, value_name = "ID", default_value = config::DEFAULT_PROFILE, requires = "demo")]
    profile: String,
    /// Language of the page.
    #[arg(long, default_value = "en", value_parser = ["en", "de"])]
    lang: String,
    /// Show a result that is past its date.
    #[arg(long, conflicts_with = "demo")]
    overdue: bool,
    /// Stop when nobody has looked for so many minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=1440))]
    idle: u64,
}

pub fn run(args: &Args, voice: Voice) -> Result<Outcome, Failure> {
    let lang = language(&args.lang);
    let site = match &args.result {
        Some(path) => {
            let report = result::read(path, args.overdue)?;
            let look = Look { lang, overdue: result::overdue(&report), ..Look::default() };
            Site::Result(Box::new(report), look)
        }
        None => Site::Demo(Demo::start(demonstration(&args.profile)?, lang)),
    };
    runtime()?.block_on(async {
        let failed = |error: std::io::Error| {
            Failure::new(Outcome::Unreachable, format!("cannot listen on this machine: {}", error.kind()))
        };
        let server = Server::bind(site).await.map_err(failed)?;
        println!("{}", server.link());
        if !voice.quiet() {
            eprintln!("the link works once, in one browser of this machine; Ctrl-C ends it");
        }
        tokio::select! {
            () = server.run(Duration::from_secs(args.idle * 60)) => if !voice.quiet() { eprintln!("nobody looked any more") },
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(Outcome::Done)
    })
}

/// The sample mailbox as its own server would hand it over.
fn demonstration(profile: &str) -> Result<Sample, Failure> {
    let broken = || Failure::new(Outcome::Internal, "the embedded sample cannot be read");
    let profile = job::profiles(&[profile.to_owned()])?.into_iter().next().ok_or_else(broken)?;
    let book = contacts::read(ADDRESS_BOOK, None).ok_or_else(broken)?;
    let mut folders = sample().folders;
    folders.sort_by(|a, b| a.name.cmp(&b.name));
    let mut messages = Vec::new();
    for (at, folder) in folders.into_iter().enumerate() {
        let known = Arc::new(Folder { alias: format!("f{:02}", at + 1), name: folder.name, kind: folder.kind });
        messages.extend(folder.messages.into_iter().map(|stored| RawMessage {
            at: Locator { folder: Arc::clone(&known), number: u64::from(stored.uid) },
            bytes: stored.bytes.to_vec(),
        }));
    }
    let contacts = book.contacts.into_iter().map(|contact| (contact.card, contact.categories)).collect();
    Ok(Sample { messages, contacts, profile, today: job::day()?, key: job::SAMPLE_KEY.to_vec() })
}
