//! Decides where a secret comes from: a command, the system's keyring, the environment, or a prompt; never a flag and
//! never a file.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncWriteExt as _;
use zeroize::Zeroizing;

use super::{Failure, Outcome};
use crate::config::Command;
use crate::source::imap::{Asking, Renewal};

/// How long a password or token command may take; a person may have to touch a key for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Password,
    Token,
    /// Of a CardDAV server.
    AddressBook,
    /// Of the program itself, as its provider knows it.
    ClientSecret,
    RefreshToken,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Token => "token",
            Self::AddressBook => "carddav password",
            Self::ClientSecret => "client secret",
            Self::RefreshToken => "refresh token",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Password => "MAILGLEAN_PASSWORD",
            Self::Token => "MAILGLEAN_TOKEN",
            Self::AddressBook => "MAILGLEAN_CARDDAV_PASSWORD",
            Self::ClientSecret => "MAILGLEAN_CLIENT_SECRET",
            Self::RefreshToken => "MAILGLEAN_REFRESH_TOKEN",
        }
    }

    /// How else it can be given.
    fn ways(self) -> &'static str {
        match self {
            Self::Password => "`password_command:`, `keyring:` or --password-command",
            Self::Token => "`token_command:`, `keyring:` or --token-command",
            Self::AddressBook => "`password_command:` under `carddav:` or --carddav-password-command",
            Self::ClientSecret => "`client_secret_command:` under `oauth:`",
            Self::RefreshToken => "`refresh_token_command:` under `oauth:`",
        }
    }
}

/// The secret for `user` at `host`: from `command`, else the environment, else a prompt on a terminal.
///
/// # Errors
/// A [`Failure`] that names the command's program and how it ended, never what it printed.
pub async fn obtain(kind: Kind, command: Option<&Command>, user: &str, host: &str) -> Result<SecretString, Failure> {
    if let Some(words) = command.and_then(Command::words) {
        return run(kind, &words).await;
    }
    if let Ok(secret) = std::env::var(kind.variable()) {
        return Ok(secret.into());
    }
    let word = kind.word();
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(Outcome::Config, format!("no {word} for {host}")).hint(format!(
            "set {}, or the variable {}; there is no terminal to ask on",
            kind.ways(),
            kind.variable()
        )));
    }
    let prompt = format!("{word} of {user} at {host}: ");
    let asked = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt)).await;
    match asked {
        Ok(Ok(secret)) => Ok(secret.into()),
        _ => Err(Failure::new(Outcome::Config, format!("no {word} for {host}"))),
    }
}

/// What a command prints.
pub async fn printed(kind: Kind, command: &Command) -> Result<SecretString, Failure> {
    run(kind, &command.words().unwrap_or_default()).await
}

/// Runs a command again for a token that has run out. Behind the walls it cannot be started, and there is no other token.
pub fn again(command: Command) -> Renewal {
    let ask = move || -> Asking {
        let command = command.clone();
        Box::pin(async move { printed(Kind::Token, &command).await.ok() })
    };
    Renewal { ask: Arc::new(ask), port: None }
}

/// Gives a refresh token to a command that keeps it, on its standard input.
pub async fn hand_over(command: &Command, token: &SecretString) -> Result<(), Failure> {
    let words = command.words().unwrap_or_default();
    let [program, arguments @ ..] = words.as_slice() else { return Ok(()) };
    let failed =
        |how: String| Failure::new(Outcome::Config, format!("the command '{program}' did not keep the token: {how}"));
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.kind().to_string()))?;
    let work = async {
        if let Some(mut input) = child.stdin.take() {
            input.write_all(token.expose_secret().as_bytes()).await?;
            input.write_all(b"\n").await?;
        }
        child.wait().await
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(failed(status.to_string())),
        Ok(Err(error)) => Err(failed(error.kind().to_string())),
        Err(_) => Err(failed(format!("it did not end within {} s", PATIENCE.as_secs()))),
    }
}

/// Runs a command without a shell; its first line of output is the secret.
async fn run(kind: Kind, words: &[String]) -> Result<SecretString, Failure> {
    let [program, arguments @ ..] = words else {
        return Err(Failure::new(Outcome::Config, format!("the {} command is empty", kind.word())));
    };
    let failed = |how: String| Failure::new(Outcome::Config, format!("the {} command '{program}' {how}", kind.word()));
    let child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::inherit())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(PATIENCE, child).await {
        Err(_) => return Err(failed(format!("did not end within {} s", PATIENCE.as_secs()))),
        Ok(Err(error)) => return Err(failed(format!("could not be started: {}", error.kind()))),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        return Err(failed(format!("failed ({})", output.status)));
    }
    let printed = Zeroizing::new(output.stdout);
    let text = std::str::from_utf8(&printed).map_err(|_| failed("printed no text".into()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(failed("printed nothing".into()));
    }
    Ok(line.to_owned().into())
}
