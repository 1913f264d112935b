//! Decides how a secret is read from the system's keyring, before the walls are closed: with nothing left behind that
//! could reach the keyring from within them, neither a connection nor a thread.

use secrecy::SecretString;

use super::secret::Kind;
use super::{Failure, Outcome};
use crate::config::{Keyring, KeyringStore};

/// What an entry is for, where the configuration does not say it.
const SERVICE: &str = "mailglean";

/// The secret of this entry.
///
/// # Errors
/// A [`Failure`] that says how an entry is made, or what is there instead of a keyring.
pub async fn read(kind: Kind, entry: &Keyring, user: &str) -> Result<SecretString, Failure> {
    let service = entry.service.as_deref().unwrap_or(SERVICE);
    let user = entry.user.as_deref().unwrap_or(user);
    let found = match entry.store {
        KeyringStore::Session => system::session(service, user).await,
        KeyringStore::Kernel => system::kernel(service, user),
    };
    let word = kind.word();
    let (what, hint) = match found {
        Ok(secret) => {
            // What a command prints ends with its line, and so does what was piped into a keyring.
            let text = std::str::from_utf8(&secret).unwrap_or_default().lines().next().unwrap_or_default();
            if !text.is_empty() {
                return Ok(text.to_owned().into());
            }
            (format!("the keyring's entry for service '{service}' holds no {word}"), made(entry.store).to_owned())
        }
        Err(Trouble::NoEntry) => {
            (format!("the keyring has no {word} for service '{service}'"), made(entry.store).to_owned())
        }
        Err(Trouble::Several) => (
            format!("the keyring has several entries for service '{service}' and this user"),
            "remove all but one, or name another `service:` under `keyring:`".to_owned(),
        ),
        Err(Trouble::Locked) => (
            "the keyring is locked".to_owned(),
            "unlock it (log in to the desktop, or say yes when it asks); without anybody there use `password_command:`"
                .to_owned(),
        ),
        Err(Trouble::NoKeyring) => ("there is no keyring of this kind here".to_owned(), instead(entry.store)),
    };
    Err(Failure::new(Outcome::Config, what).hint(hint))
}

/// Why there is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(all(feature = "keyring", any(target_os = "linux", target_os = "macos", windows))),
    expect(dead_code, reason = "without a keyring there is one trouble")
)]
enum Trouble {
    /// No such keyring, or nothing that answers for it.
    NoKeyring,
    Locked,
    NoEntry,
    Several,
}

/// How an entry is made. Neither name is repeated: the user's is personal data.
fn made(store: KeyringStore) -> &'static str {
    if store == KeyringStore::Kernel {
        "make it with `keyctl padd user keyring:USER@SERVICE @u`, the secret on its standard input; it is gone when the machine starts anew"
    } else if cfg!(target_os = "macos") {
        "make it with `security add-generic-password -s SERVICE -a USER -w`"
    } else if cfg!(windows) {
        "make it with `cmdkey /generic:USER.SERVICE /user:USER /pass`"
    } else {
        "make it with `secret-tool store --label=mailglean service SERVICE username USER`"
    }
}

fn instead(store: KeyringStore) -> String {
    let other = match store {
        KeyringStore::Session if cfg!(target_os = "linux") => "`store: kernel` under `keyring:`, or ",
        _ => "",
    };
    if cfg!(feature = "keyring") {
        format!("use {other}`password_command:` or `token_command:`")
    } else {
        "this mailglean was built without the feature `keyring`; `password_command: [secret-tool, lookup, service, SERVICE, username, \
         USER]` reads the same entry"
            .to_owned()
    }
}

#[cfg(all(feature = "keyring", target_os = "linux"))]
mod system {
    use std::collections::HashMap;
    use std::time::Duration;

    use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};
    use secret_service::{EncryptionType, Error, SecretService};
    use zeroize::Zeroizing;

    use super::Trouble;

    /// How long a person may take to unlock it.
    const PATIENCE: Duration = Duration::from_secs(60);
    /// The most that a key of the kernel's holds.
    const KEY: usize = 32 << 10;

    /// From the Secret Service, over a connection of this runtime, with which it ends. Encrypted on its way.
    pub async fn session(service: &str, user: &str) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        // A bus on another machine would be a host that nobody configured.
        let elsewhere = |bus: String| bus.split(';').any(|address| !address.starts_with("unix:"));
        if std::env::var("DBUS_SESSION_BUS_ADDRESS").is_ok_and(elsewhere) {
            return Err(Trouble::NoKeyring);
        }
        let reading = async {
            let keyring = SecretService::connect(EncryptionType::Dh).await.map_err(trouble)?;
            let wanted = HashMap::from([("service", service), ("username", user)]);
            let found = keyring.search_items(wanted).await.map_err(trouble)?;
            let mut items = found.unlocked.iter().chain(&found.locked);
            let item = items.next().ok_or(Trouble::NoEntry)?;
            if items.next().is_some() {
                return Err(Trouble::Several);
            }
            if item.is_locked().await.map_err(trouble)? {
                item.unlock().await.map_err(trouble)?;
            }
            Ok(Zeroizing::new(item.get_secret().await.map_err(trouble)?))
        };
        tokio::time::timeout(PATIENCE, reading).await.unwrap_or(Err(Trouble::Locked))
    }

    fn trouble(error: Error) -> Trouble {
        match error {
            Error::Locked | Error::Prompt | Error::PromptDisconnected => Trouble::Locked,
            Error::NoResult => Trouble::NoEntry,
            _ => Trouble::NoKeyring,
        }
    }

    /// From the kernel: what the session can reach, then what outlives it. Named as the crate `keyring` names it.
    pub fn kernel(service: &str, user: &str) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        use KeyRingIdentifier::{Process, Session, User};
        let name = format!("keyring:{user}@{service}");
        // A key that is found by its ring's number may be read by whoever possesses the ring: a service of the system has
        // no session that would hold the user's. A ring of this process alone holds them for as long as it takes.
        let process = KeyRing::from_special_id(Process, true).map_err(|_| Trouble::NoKeyring)?;
        let hold = |ring: KeyRingIdentifier| process.link_keyring(KeyRing::from_special_id(ring, false)?);
        let rings: [&dyn Fn() -> Result<(), KeyError>; 3] =
            [&|| hold(Session), &|| hold(User), &|| KeyRing::get_persistent(Process).map(|_| ())];
        let key = rings.iter().find_map(|hold| hold().and_then(|()| process.search(&name)).ok());
        let mut secret = Zeroizing::new(vec![0; KEY]);
        let length = key.and_then(|key| key.read(&mut *secret).ok());
        process.clear().map_err(|_| Trouble::NoKeyring)?;
        secret.truncate(length.ok_or(Trouble::NoEntry)?);
        Ok(secret)
    }
}

#[cfg(all(feature = "keyring", any(target_os = "macos", windows)))]
mod system {
    use keyring::v1::{Entry, Error};
    use zeroize::Zeroizing;

    use super::Trouble;

    /// From the login keychain, or the Credential Manager.
    pub async fn session(service: &str, user: &str) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let (service, user) = (service.to_owned(), user.to_owned());
        let reading = move || Entry::new(&service, &user)?.get_secret();
        match tokio::task::spawn_blocking(reading).await.map_err(|_| Trouble::NoKeyring)? {
            Ok(secret) => Ok(Zeroizing::new(secret)),
            Err(Error::NoEntry) => Err(Trouble::NoEntry),
            Err(Error::Ambiguous(_)) => Err(Trouble::Several),
            Err(Error::NoStorageAccess(_)) => Err(Trouble::Locked),
            Err(_) => Err(Trouble::NoKeyring),
        }
    }

    pub fn kernel(_: &str, _: &str) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        Err(Trouble::NoKeyring)
    }
}

#[cfg(not(all(feature = "keyring", any(target_os = "linux", target_os = "macos", windows))))]
mod system {
    use zeroize::Zeroizing;

    use super::Trouble;

    pub async fn session(_: &str, _: &str) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        Err(Trouble::NoKeyring)
    }

    pub fn kernel(_: &str, _: &str) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        Err(Trouble::NoKeyring)
    }
}
