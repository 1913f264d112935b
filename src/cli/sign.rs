//! Decides how a result is signed, and how a signature is checked: by OpenSSH, with its own keys, agents and formats.
//!
//! `ssh-keygen -Y sign` and `-Y verify` are what administrators check by hand, so nothing else can disagree with them.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{Failure, Outcome};

/// What a signature is for, so that one made for something else does not pass here.
const NAMESPACE: &str = "mailglean";

/// A signer at work. It is started before mail is read, because nothing can be started afterwards, and waits.
pub struct Signer(Child);

impl Signer {
    /// Starts it; a passphrase is asked for now.
    ///
    /// # Errors
    /// Exit code 78 if there is no `ssh-keygen`, or the file is no key.
    pub fn start(key: &Path) -> Result<Self, Failure> {
        let known = Command::new("ssh-keygen").arg("-lf").arg(key).stdin(Stdio::null()).output().map_err(missing)?;
        if !known.status.success() {
            return Err(Failure::new(Outcome::Config, format!("'{}' is no key that can sign", key.display()))
                .hint("make one with: ssh-keygen -t ed25519 -f FILE"));
        }
        let child = Command::new("ssh-keygen")
            .args(["-Y", "sign", "-n", NAMESPACE, "-f"])
            .arg(key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        child.map(Self).map_err(missing)
    }

    /// The signature over these bytes, in OpenSSH's armour.
    ///
    /// # Errors
    /// Exit code 78 if the signer did not sign: a wrong passphrase, an agent that refused.
    pub fn sign(mut self, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        let failed = || {
            Failure::new(Outcome::Config, "ssh-keygen did not sign the result")
                .hint("check the key's passphrase or agent; the result itself is written, and can be signed by hand with:")
                .hint(format!("ssh-keygen -Y sign -n {NAMESPACE} -f KEY RESULT"))
        };
        // Closes the pipe, which is what the signer waits for.
        self.0.stdin.take().and_then(|mut to| to.write_all(bytes).ok()).ok_or_else(failed)?;
        let mut signature = Vec::new();
        self.0.stdout.take().and_then(|mut from| from.read_to_end(&mut signature).ok()).ok_or_else(failed)?;
        let ended = self.0.wait().map_err(|_| failed())?;
        if ended.success() && !signature.is_empty() { Ok(signature) } else { Err(failed()) }
    }
}

/// A signer that was not needed after all must not be left waiting.
impl Drop for Signer {
    fn drop(&mut self) {
        // Fails only where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the signature of a file lies.
pub fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// What is known of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// By a key that the list of allowed signers has for this person.
    ByAllowed,
    /// By whoever holds the key in it: nobody said who may sign.
    BySomebody,
    /// Not made over these bytes for this purpose, or by somebody who may not.
    Wrong,
}

/// Checks a signature over these bytes.
///
/// # Errors
/// Exit code 78 if there is no `ssh-keygen`.
pub fn check(bytes: &[u8], signature: &Path, allowed: Option<(&Path, &str)>) -> Result<Checked, Failure> {
    let mut command = Command::new("ssh-keygen");
    match allowed {
        Some((list, identity)) => command.args(["-Y", "verify", "-I", identity, "-f"]).arg(list),
        None => command.args(["-Y", "check-novalidate"]),
    };
    command.args(["-n", NAMESPACE, "-s"]).arg(signature);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(missing)?;
    // A verifier that stopped reading has decided already; its exit code says how.
    let _ = child.stdin.take().map(|mut to| to.write_all(bytes));
    let ended = child.wait().map_err(missing)?;
    Ok(match (ended.success(), allowed) {
        (true, Some(_)) => Checked::ByAllowed,
        (true, None) => Checked::BySomebody,
        (false, _) => Checked::Wrong,
    })
}

fn missing(error: std::io::Error) -> Failure {
    Failure::new(Outcome::Config, format!("cannot run ssh-keygen: {}", error.kind()))
        .hint("it comes with OpenSSH (Debian: apt install openssh-client)")
}
