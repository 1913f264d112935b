//! How a session comes about: TCP, TLS or STARTTLS, greeting, login. Nothing said before TLS is believed after it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_imap::Client;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use zeroize::Zeroizing;

use super::gate::{EXTENSIONS, Gate, IDENTITY};
use super::reader::{Untagged, untagged};
use super::scram::{Binding, Scram};
use super::session::{self, Session};
use super::transcript::Transcript;
use super::wire::{Answer, Bounds, Carrier, Fault, Response, Wire, fault_of};
use super::{Login, Provider, Settings, Tls, Trust};
use crate::net::Egress;
use crate::source::SourceError;

/// What goes on from connection to connection.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    /// How often each verb went out.
    pub commands: &'a BTreeMap<String, u64>,
    pub transcript: Option<&'a Transcript>,
}

impl Before<'_> {
    fn gate(&self) -> Gate {
        Gate::new(self.commands, self.transcript)
    }
}

/// A session that is logged in.
pub(super) async fn connect(settings: &Settings, egress: &Egress, before: &Before<'_>) -> Result<Session, SourceError> {
    let Way { mut wire, tls, exported } = open(settings, egress, before).await?;
    let host = settings.host.as_str();
    let fault = |fault| greeting_error(host, fault);
    let mut capabilities = BTreeSet::new();
    if settings.tls != Tls::StartTls {
        let greeting = wire.next().await.map_err(fault)?;
        check_greeting(host, &greeting)?;
        capabilities = named_in_code(&greeting);
    }
    let mut client = Client::new(wire);
    if capabilities.is_empty() {
        let asked = client.run_command_and_check_ok("CAPABILITY", None).await;
        if let Err(async_imap::error::Error::Io(error)) = &asked {
            return Err(greeting_error(host, fault_of(error)));
        }
        let untagged = client.get_mut().take_untagged();
        client.get_mut().take_tagged();
        capabilities = named(&untagged);
    }
    let engine = log_in(client, settings, &capabilities, exported).await?;
    let mut session = Session::new(engine, host, tls, BTreeSet::new(), settings.timeouts.command);
    let answered = session.wire().take_tagged();
    let mut capabilities = answered.as_ref().map(named_in_code).unwrap_or_default();
    if capabilities.is_empty() {
        capabilities = named(&session.wire().take_untagged());
    }
    session.wire().take_untagged();
    if capabilities.is_empty() {
        let see = |data: Untagged<'_>| {
            if let Untagged::Capability(names) = data {
                capabilities.extend(names);
            }
        };
        let outcome = session.run("CAPABILITY", see).await.map_err(|fault| session::error(host, fault, false))?;
        if !outcome.is_ok() {
            // Exchange says OK to a wrong password and then is not connected.
            let hint =
                "the server took the login and then refused to work; the password or the right to use IMAP is missing";
            return Err(SourceError::Login { host: host.to_owned(), hint: hint.to_owned() });
        }
    }
    session.capabilities = capabilities;
    introduce(&mut session, settings.compress).await.map_err(|fault| session::error(host, fault, false))?;
    Ok(session)
}

/// Says what this program is, as some servers want it before they open a folder, that names may come in UTF-8, and that
/// the rest may be compressed: all in one turn.
async fn introduce(session: &mut Session, compress: bool) -> Result<(), Fault> {
    // The answers to these are nothing to wait for: they come before that of the next command.
    if session.can("ID") {
        session.start(&format!("ID {IDENTITY}")).await?;
    }
    let wanted: Vec<&str> = EXTENSIONS.iter().copied().filter(|name| session.can(name)).collect();
    if session.can("ENABLE") && !wanted.is_empty() {
        session.start(&format!("ENABLE {}", wanted.join(" "))).await?;
    }
    if compress && session.can("COMPRESS=DEFLATE") {
        let outcome = session.run("COMPRESS DEFLATE", |_| {}).await?;
        if outcome.is_ok() {
            session.wire().compress();
        }
    }
    Ok(())
}

/// A connection that is up, before anybody has logged in.
struct Way {
    wire: Wire,
    /// How it is protected.
    tls: String,
    /// What a login can be bound to.
    exported: Option<[u8; 32]>,
}

/// The encrypted stream (or the plain one, on loopback).
async fn open(settings: &Settings, egress: &Egress, before: &Before<'_>) -> Result<Way, SourceError> {
    let host = settings.host.as_str();
    let unreachable = |cause| SourceError::Unreachable { host: host.to_owned(), cause };
    let stream = egress.connect(host, settings.port, settings.timeouts.connect).await.map_err(unreachable)?;
    let bounds = bounds(settings);
    match settings.tls {
        Tls::PlainLoopback => {
            if !stream.peer_addr().map_err(unreachable)?.ip().is_loopback() {
                return Err(tls_error(host, "a connection without TLS is made to this machine alone"));
            }
            let wire = Wire::new(Box::new(stream), bounds, before.gate());
            Ok(Way { wire, tls: "none (loopback)".to_owned(), exported: None })
        }
        Tls::Implicit => {
            let (stream, tls) = handshake(host, &settings.trust, settings.timeouts.connect, stream).await?;
            let exported = exported(&stream);
            Ok(Way { wire: Wire::new(Box::new(stream), bounds, before.gate()), tls, exported })
        }
        Tls::StartTls => {
            let (carrier, counts) = start_tls(host, stream, bounds, before).await?;
            let (stream, tls) = handshake(host, &settings.trust, settings.timeouts.connect, carrier).await?;
            let exported = exported(&stream);
            let after = Before { commands: &counts, ..*before };
            Ok(Way { wire: Wire::new(Box::new(stream), bounds, after.gate()), tls, exported })
        }
    }
}

/// What only the two ends of this connection know (RFC 9266). Before TLS 1.3 it is not what servers bind to.
fn exported<S>(stream: &TlsStream<S>) -> Option<[u8; 32]> {
    let (_, connection) = stream.get_ref();
    if connection.protocol_version() != Some(rustls::ProtocolVersion::TLSv1_3) {
        return None;
    }
    connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok()
}

fn bounds(settings: &Settings) -> Bounds {
    Bounds {
        literal: settings.limits.message.max(settings.limits.text).saturating_add(1 << 20),
        line: 1 << 20,
        numbers: 32 << 20,
        idle: settings.timeouts.idle,
        response: settings.timeouts.command,
    }
}

/// The clear part of a connection with STARTTLS, after which nothing of it is left.
///
/// Nobody protects these bytes: whoever sits on the line may have written them. So the tag cannot be guessed, no
/// answer is taken before its command was sent, nothing may follow the answer, and no text is shown.
async fn start_tls(
    host: &str,
    stream: TcpStream,
    bounds: Bounds,
    before: &Before<'_>,
) -> Result<(Box<dyn Carrier>, BTreeMap<String, u64>), SourceError> {
    let bounds = Bounds { literal: 0, line: 16 << 10, numbers: 16 << 10, ..bounds };
    let mut wire = Wire::new(Box::new(stream), bounds, before.gate());
    let fault = |fault| greeting_error(host, fault);
    let greeting = wire.next().await.map_err(fault)?;
    check_greeting(host, &greeting)?;
    if wire.has_leftover() {
        return Err(tls_error(
            host,
            "it spoke before it was asked to encrypt; somebody may be tampering with the line",
        ));
    }
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| tls_error(host, "this machine has no random numbers"))?;
    let tag: String = random.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
    wire.send(format!("{tag} STARTTLS").as_bytes()).await.map_err(fault)?;
    for _ in 0..10 {
        let response = wire.next().await.map_err(fault)?;
        if response.tag().is_none() {
            continue;
        }
        if response.status() != Some(Answer::Ok) {
            return Err(tls_error(host, "it does not offer STARTTLS, and nothing is sent without TLS"));
        }
        if wire.has_leftover() {
            return Err(tls_error(host, "data came in clear after STARTTLS; somebody may be tampering with the line"));
        }
        let counts = wire.commands().clone();
        return Ok((wire.into_carrier(), counts));
    }
    Err(tls_error(host, "it did not answer STARTTLS"))
}

/// Encrypts a connection to a host whose certificate comes from one of those who are trusted; also says how.
pub(in crate::source) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    host: &str,
    trust: &Trust,
    patience: Duration,
    stream: S,
) -> Result<(TlsStream<S>, String), SourceError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| tls_error(host, &error.to_string()))?
        .with_root_certificates(roots(trust, host)?)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| tls_error(host, "this is not a name that a certificate could hold"))?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = match timeout(patience, connecting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(tls_error(host, &handshake_trouble(&error))),
        Err(_) => return Err(tls_error(host, "it did not answer in time")),
    };
    let (_, connection) = stream.get_ref();
    let version = connection.protocol_version().and_then(|version| version.as_str().map(str::to_owned));
    let version = version.unwrap_or_default().replace("TLSv1_3", "TLS 1.3").replace("TLSv1_2", "TLS 1.2");
    let suite = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
    let facts = format!("{version}, {}", suite.unwrap_or("unknown cipher suite"));
    Ok((stream, facts))
}

fn roots(trust: &Trust, host: &str) -> Result<RootCertStore, SourceError> {
    let mut roots = RootCertStore::empty();
    let pem: Vec<u8> = match trust {
        Trust::System => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            Vec::new()
        }
        Trust::File(path) => {
            std::fs::read(path).map_err(|cause| SourceError::Unreadable { path: path.display().to_string(), cause })?
        }
        Trust::Pem(pem) => pem.clone(),
    };
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten());
    if roots.is_empty() {
        return Err(tls_error(host, "no authority is known whose certificates could be trusted"));
    }
    Ok(roots)
}

/// What went wrong in a handshake, in words that lead somewhere.
fn handshake_trouble(error: &io::Error) -> String {
    use rustls::{CertificateError, Error};
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let text = match inner {
        Some(Error::InvalidCertificate(what)) => match what {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            CertificateError::UnknownIssuer => {
                "its certificate comes from an authority that is not trusted here (name its file with `ca_file:`)"
            }
            CertificateError::Revoked => "its certificate was revoked",
            _ => "its certificate is not valid",
        },
        Some(Error::InvalidMessage(_)) => "it does not speak TLS on this port",
        Some(Error::PeerIncompatible(_)) => "it offers no version of TLS that is safe (1.2 or later)",
        Some(Error::AlertReceived(_)) => "it broke off the handshake",
        Some(_) => "the handshake failed",
        None => "the connection was closed during the handshake",
    };
    text.to_owned()
}

fn tls_error(host: &str, what: &str) -> SourceError {
    SourceError::Tls { host: host.to_owned(), what: what.to_owned() }
}

/// A fault before there was a session: the host was not reached.
fn greeting_error(host: &str, fault: Fault) -> SourceError {
    let host = host.to_owned();
    match fault {
        Fault::Slow => SourceError::Unreachable { host, cause: io::Error::from(io::ErrorKind::TimedOut) },
        Fault::Lost => SourceError::Unreachable { host, cause: io::Error::from(io::ErrorKind::ConnectionReset) },
        other => session::error(&host, other, false),
    }
}

fn check_greeting(host: &str, greeting: &Response) -> Result<(), SourceError> {
    let protocol = |what: &str| SourceError::Protocol { host: host.to_owned(), what: what.to_owned() };
    if !greeting.bytes.starts_with(b"* ") {
        return Err(protocol("it does not greet as an IMAP server"));
    }
    match greeting.status() {
        Some(Answer::Ok) => Ok(()),
        Some(Answer::Bye) => Err(SourceError::TryLater { host: host.to_owned() }),
        Some(Answer::Preauth) => Err(protocol("it takes us for somebody who is logged in already")),
        _ => Err(protocol("it does not greet as an IMAP server")),
    }
}

fn named_in_code(response: &Response) -> BTreeSet<String> {
    let code = response.code().unwrap_or_default();
    let names = code.strip_prefix("CAPABILITY ").unwrap_or_default();
    names.split_ascii_whitespace().map(str::to_owned).collect()
}

fn named(responses: &[Response]) -> BTreeSet<String> {
    let mut capabilities = BTreeSet::new();
    for response in responses {
        if let Untagged::Capability(names) = untagged(&response.bytes) {
            capabilities.extend(names);
        }
    }
    capabilities
}

/// The ways to log in that are built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mechanism {
    Login,
    Plain,
    Scram,
    /// Bound to the TLS connection.
    ScramPlus,
    XOAuth2,
    OAuthBearer,
}

impl Mechanism {
    fn name(self) -> &'static str {
        match self {
            Self::Login => "LOGIN",
            Self::Plain => "PLAIN",
            Self::Scram => "SCRAM-SHA-256",
            Self::ScramPlus => "SCRAM-SHA-256-PLUS",
            Self::XOAuth2 => "XOAUTH2",
            Self::OAuthBearer => "OAUTHBEARER",
        }
    }
}

/// The mechanism to use, or what to tell the user; decided before any secret is sent.
fn choose(settings: &Settings, capabilities: &BTreeSet<String>, can_bind: bool) -> Result<Mechanism, String> {
    let offers = |mechanism: Mechanism| match mechanism {
        Mechanism::Login => !capabilities.contains("LOGINDISABLED"),
        Mechanism::ScramPlus if !can_bind => false,
        other => capabilities.contains(&format!("AUTH={}", other.name())),
    };
    let wanted: &[Mechanism] = match &settings.login {
        Login::Password(_) if settings.authzid.is_some() => &[Mechanism::Plain, Mechanism::ScramPlus, Mechanism::Scram],
        // LOGIN cannot carry every character, PLAIN can. SCRAM comes last unless it is asked for: servers offer it for
        // users whose password they keep in a form that it does not work with, and a failed attempt counts.
        Login::Password(_) => &[Mechanism::Plain, Mechanism::Login, Mechanism::ScramPlus, Mechanism::Scram],
        Login::PasswordSasl(_) => &[Mechanism::Plain],
        Login::PasswordScram(_) => &[Mechanism::ScramPlus, Mechanism::Scram],
        Login::XOAuth2(_) => &[Mechanism::XOAuth2],
        Login::OAuthBearer(_) => &[Mechanism::OAuthBearer],
    };
    if let Some(mechanism) = wanted.iter().copied().find(|mechanism| offers(*mechanism)) {
        return Ok(mechanism);
    }
    let all = [Mechanism::Login, Mechanism::Plain, Mechanism::Scram, Mechanism::XOAuth2, Mechanism::OAuthBearer];
    let offered: Vec<_> = all.into_iter().filter(|mechanism| offers(*mechanism)).collect();
    let names = offered.iter().map(|mechanism| mechanism.name()).collect::<Vec<_>>().join(", ");
    let is_oauth = |mechanism: &Mechanism| matches!(mechanism, Mechanism::XOAuth2 | Mechanism::OAuthBearer);
    Err(if offered.is_empty() && settings.tls == Tls::PlainLoopback {
        "the server takes no login without TLS; set `tls: implicit` or `tls: starttls`".to_owned()
    } else if offered.is_empty() {
        "the server offers no way to log in that is known here".to_owned()
    } else if offered.iter().all(is_oauth) {
        format!("the server offers {names} only; set `auth: oauth2` and `token_command:`")
    } else if is_oauth(wanted.first().unwrap_or(&Mechanism::Login)) {
        format!("the server offers {names}, and not the OAuth mechanism that was asked for; check `auth:`")
    } else {
        format!("the server offers {names}, and not the password login that was asked for; check `auth:`")
    })
}

async fn log_in(
    client: Client<Wire>,
    settings: &Settings,
    capabilities: &BTreeSet<String>,
    exported: Option<[u8; 32]>,
) -> Result<async_imap::Session<Wire>, SourceError> {
    let host = settings.host.as_str();
    let refused = |hint: String| SourceError::Login { host: host.to_owned(), hint };
    let mechanism = choose(settings, capabilities, exported.is_some()).map_err(refused)?;
    let secret = settings.login.secret();
    let logged_in = if mechanism == Mechanism::Login {
        let password = secret.expose_secret();
        if [settings.user.as_str(), password].iter().any(|text| text.contains(['\r', '\n', '\0'])) {
            return Err(refused("user name or password holds a line break".to_owned()));
        }
        client.login(&settings.user, password).await
    } else {
        let binding = match (mechanism, exported) {
            (Mechanism::ScramPlus, Some(bytes)) => Some(Binding::Exporter(bytes)),
            (Mechanism::Scram, Some(_)) => Some(Binding::NotOffered),
            (Mechanism::Scram, None) => Some(Binding::None),
            _ => None,
        };
        let begin = |binding| {
            Scram::new(&settings.user, settings.authzid.as_deref(), secret, binding)
                .ok_or_else(|| refused("this machine has no random numbers".to_owned()))
        };
        let scram = binding.map(begin).transpose()?;
        let message = match &scram {
            Some(scram) => Zeroizing::new(scram.begin()),
            None => sasl_message(mechanism, settings, secret),
        };
        // With SASL-IR the message travels with the command and saves a round trip.
        let at_once = capabilities.contains("SASL-IR");
        let command = if at_once {
            Zeroizing::new(format!("{} {}", mechanism.name(), STANDARD.encode(message.as_bytes())))
        } else {
            Zeroizing::new(mechanism.name().to_owned())
        };
        let message = if at_once { None } else { Some(message) };
        let proven = Arc::new(AtomicBool::new(scram.is_none()));
        let steps = Steps { message, mechanism, scram, proven: Arc::clone(&proven) };
        let logged_in = client.authenticate(command.as_str(), steps).await;
        if logged_in.is_ok() && !proven.load(Ordering::Relaxed) {
            let what =
                "it lets us in without showing that it knows the password; it may not be the server it claims to be";
            return Err(SourceError::Protocol { host: host.to_owned(), what: what.to_owned() });
        }
        logged_in
    };
    let (error, mut client) = match logged_in {
        Ok(session) => return Ok(session),
        Err((error, client)) => (error, client),
    };
    let wire = client.get_mut();
    let is_bye = |response: &Response| response.status() == Some(Answer::Bye);
    let said_bye = wire.take_untagged().iter().any(is_bye);
    if let Some(answer) = wire.take_tagged() {
        let code = answer.code().unwrap_or_default();
        let busy = ["UNAVAILABLE", "LIMIT", "INUSE"];
        if busy.iter().any(|word| code.starts_with(word)) {
            return Err(SourceError::TryLater { host: host.to_owned() });
        }
        return Err(refused(hint(settings, mechanism, &code)));
    }
    let fault = match &error {
        async_imap::error::Error::Io(error) => fault_of(error),
        async_imap::error::Error::Parse(_) => Fault::Protocol("its answers at login cannot be read"),
        _ => Fault::Lost,
    };
    Err(if said_bye && fault == Fault::Lost {
        SourceError::TryLater { host: host.to_owned() }
    } else {
        greeting_error(host, fault)
    })
}

fn sasl_message(mechanism: Mechanism, settings: &Settings, secret: &SecretString) -> Zeroizing<String> {
    let (user, secret) = (&settings.user, secret.expose_secret());
    let authzid = settings.authzid.as_deref();
    Zeroizing::new(match mechanism {
        Mechanism::Login | Mechanism::Plain | Mechanism::Scram | Mechanism::ScramPlus => {
            format!("{}\0{user}\0{secret}", authzid.unwrap_or_default())
        }
        Mechanism::XOAuth2 => format!("user={}\x01auth=Bearer {secret}\x01\x01", authzid.unwrap_or(user)),
        Mechanism::OAuthBearer => {
            // RFC 5801: `=` and `,` are written as numbers in the name.
            let name = authzid.unwrap_or(user).replace('=', "=3D").replace(',', "=2C");
            let (host, port) = (&settings.host, settings.port);
            format!("n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {secret}\x01\x01")
        }
    })
}

/// Our side of a SASL exchange: the message when it is asked for, and after it what ends a failed exchange.
struct Steps {
    message: Option<Zeroizing<String>>,
    mechanism: Mechanism,
    scram: Option<Scram>,
    /// The server has shown that it knows the password, where that can be shown.
    proven: Arc<AtomicBool>,
}

impl async_imap::Authenticator for Steps {
    type Response = Zeroizing<Vec<u8>>;

    fn process(&mut self, challenge: &[u8]) -> Self::Response {
        match self.message.take() {
            Some(message) => Zeroizing::new(message.as_bytes().to_vec()),
            None if self.scram.is_some() => {
                let Some(scram) = &mut self.scram else { return Zeroizing::default() };
                if scram.is_proven(challenge) {
                    self.proven.store(true, Ordering::Relaxed);
                    return Zeroizing::default();
                }
                // An empty answer to a question that is not to be answered makes the server refuse.
                scram
                    .answer(challenge)
                    .map_or_else(Zeroizing::default, |answer| Zeroizing::new(answer.as_bytes().to_vec()))
            }
            // The server explains why it will refuse (RFC 7628, 3.2.3); then it waits for this.
            None if self.mechanism == Mechanism::OAuthBearer => Zeroizing::new(vec![1]),
            None => Zeroizing::new(Vec::new()),
        }
    }
}

/// What the user can do about a refused login.
fn hint(settings: &Settings, mechanism: Mechanism, code: &str) -> String {
    let oauth = matches!(mechanism, Mechanism::XOAuth2 | Mechanism::OAuthBearer);
    let text = if code.starts_with("PRIVACYREQUIRED") {
        "the server wants TLS; set `tls: implicit` or `tls: starttls`"
    } else if code.starts_with("EXPIRED") {
        "the password has expired; change it at the provider first"
    } else if code.starts_with("CONTACTADMIN") {
        "the server asks to contact its administrator"
    } else if code.starts_with("AUTHORIZATIONFAILED") {
        "the password is right, but this user may not read the other mailbox; check `authzid:`"
    } else if oauth {
        "the token was not accepted; it may have expired or lack the right to read mail over IMAP"
    } else if let Some(provider) = Provider::of_host(&settings.host) {
        provider.grant
    } else {
        "check user name and password; some providers want an app password, or IMAP switched on in their settings"
    };
    text.to_owned()
}
