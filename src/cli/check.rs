//! `mailglean check`: logs in and looks around. Opens no message.

use std::fmt::Write;

use super::{Failure, Outcome, Reach, output, runtime, settings};
use crate::config::{self, Origin};
use crate::report::Plain;
use crate::source::Wanted;
use crate::source::imap::{self, Check, Provider};

#[derive(clap::Args)]
pub struct Args {
    /// An account of the configuration, or imaps://user@host.
    account: Option<String>,
    /// Show folder names instead of their aliases.
    #[arg(long)]
    names: bool,
    #[command(flatten)]
    reach: Reach,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    if let (None, Some(provider)) = (&args.account, args.reach.provider.as_deref().and_then(Provider::find)) {
        return output::to_stdout(provider_page(provider).as_bytes());
    }
    let config = args.reach.config()?;
    let flags = args.reach.flags(args.account.clone());
    let wanted = Wanted {
        folders: if flags.folders.is_empty() { config.folders.include.clone() } else { flags.folders.clone() },
        exclude: if flags.exclude.is_empty() { config.folders.exclude.clone() } else { flags.exclude.clone() },
        since: None,
    };
    let Origin::Imap(account) = config::origin(&config, &flags)? else {
        return Err(Failure::new(Outcome::Usage, "only a mailbox on a server can be checked")
            .hint("name it like imaps://user@host; files are read by `mailglean audit PATH`"));
    };
    let found = runtime()?.block_on(async {
        let settings = settings(&account).await?;
        Ok::<_, Failure>(imap::check(&settings, &wanted).await?)
    })?;
    output::to_stdout(page(&found, args.names, Provider::of_host(&account.host)).as_bytes())
}

fn page(found: &Check, names: bool, provider: Option<&Provider>) -> String {
    let mut page = String::new();
    let messages: u64 = found.folders.iter().filter_map(|folder| folder.messages).sum();
    // Writing to a String cannot fail.
    let _ = writeln!(page, "Logged in; no folder and no message was opened.\n");
    let _ = writeln!(page, "Connection    {}", plain(&found.tls));
    let _ = writeln!(page, "Hosts         {}", found.hosts.join(", "));
    if let Some(provider) = provider {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let _ = writeln!(page, "Provider      {}", provider.name);
        let _ = writeln!(page, "  to know     {}", wrapped(&words(provider.quirk), 14));
    }
    let _ = writeln!(page, "Server can    {}", wrapped(&found.capabilities, 14));
    let commands: Vec<String> = found.commands.iter().map(|(verb, count)| format!("{verb} {count}")).collect();
    let _ = writeln!(page, "Commands sent {}", wrapped(&commands, 14));
    let _ = writeln!(page, "\nFolders       {} with {messages} messages\n", found.folders.len());
    let _ = writeln!(page, "  {:34} {:10} {:>9} {:>9}  read", "folder", "kind", "messages", "size");
    for facts in &found.folders {
        let name = if names { plain(&facts.folder.name) } else { facts.folder.alias.clone() };
        let kind = format!("{:?}", facts.folder.kind).to_lowercase();
        let count = facts.messages.map_or_else(|| "?".into(), |count| count.to_string());
        let bytes = facts.size.map_or_else(|| "?".into(), size);
        let read = if facts.wanted { "yes" } else { "no" };
        let rights = facts.rights.as_deref().map(|rights| format!("  rights {}", plain(rights))).unwrap_or_default();
        let _ = writeln!(page, "  {name:34} {kind:10} {count:>9} {bytes:>9}  {read}{rights}");
    }
    page
}

/// What is known of a provider, for whoever has not logged in yet.
fn provider_page(provider: &Provider) -> String {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let Provider { id, name, host, grant, quirk, .. } = provider;
    format!(
        "{name}: {host}, port {}, TLS from the first byte\n\nTo do first     {}\nTo know         {}\n\n\
         Nothing was connected to. Next: mailglean check --provider {id} USER\n",
        imap::PORT,
        wrapped(&words(grant), 16),
        wrapped(&words(quirk), 16)
    )
}

fn plain(text: &str) -> String {
    Plain(text).to_string()
}

fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// Words in lines of at most 80 columns, the second and later ones indented.
fn wrapped(words: &[String], indent: usize) -> String {
    let mut text = String::new();
    let mut column = indent;
    for word in words {
        let word = plain(word);
        if column > indent && column + 1 + word.len() > 80 {
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        } else if column > indent {
            text.push(' ');
            column += 1;
        }
        column += word.len();
        text.push_str(&word);
    }
    text
}
