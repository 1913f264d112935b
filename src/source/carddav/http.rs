//! Decides what may be asked of a CardDAV server: two verbs that read.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{Settings, SourceError};
use crate::net::Egress;
use crate::source::http::{Answer, Connection, Fault};

/// What may be asked: there is no verb here that changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Propfind { depth: u8 },
    Report,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Propfind { .. } => "PROPFIND",
            Self::Report => "REPORT",
        }
    }

    fn depth(self) -> u8 {
        match self {
            Self::Propfind { depth } => depth.min(1),
            Self::Report => 0,
        }
    }
}

/// A connection that is made when it is needed, and made again when the server has closed it.
pub(super) struct Client<'a> {
    settings: &'a Settings,
    egress: &'a Egress,
    open: Option<Connection>,
    requests: BTreeMap<String, u64>,
}

impl<'a> Client<'a> {
    pub fn new(settings: &'a Settings, egress: &'a Egress) -> Self {
        Self { settings, egress, open: None, requests: BTreeMap::new() }
    }

    /// What was asked, by verb.
    pub fn requests(&self) -> &BTreeMap<String, u64> {
        &self.requests
    }

    /// One request and its answer. `path` is that of a parsed address, so it holds no space and no line break.
    pub async fn ask(&mut self, verb: Verb, path: &str, body: &str) -> Result<Answer, SourceError> {
        *self.requests.entry(verb.name().to_owned()).or_default() += 1;
        let (host, port) = self.settings.host();
        let authority = self.settings.url.host_str().unwrap_or(host);
        let credentials = Zeroizing::new(format!("{}:{}", self.settings.user, self.settings.password.expose_secret()));
        let request = Zeroizing::new(format!(
            "{} {path} HTTP/1.1\r\nHost: {authority}:{port}\r\nAuthorization: Basic {}\r\nDepth: {}\r\n\
            Content-Type: application/xml; charset=utf-8\r\nContent-Length: {}\r\nAccept-Encoding: identity\r\n\
            User-Agent: mailglean/{}\r\n\r\n{body}",
            verb.name(),
            Zeroizing::new(STANDARD.encode(credentials.as_bytes())).as_str(),
            verb.depth(),
            body.len(),
            env!("CARGO_PKG_VERSION"),
        ));
        let limits = self.settings.limits;
        let kept = self.open.take();
        let was_kept = kept.is_some();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let mut answered = connection.exchange(request.as_bytes(), limits.answer, limits.wait).await;
        // A server may close a connection between two requests; asking again changes nothing there.
        if was_kept && matches!(answered, Err(Fault::Lost(_))) {
            connection = self.connect().await?;
            answered = connection.exchange(request.as_bytes(), limits.answer, limits.wait).await;
        }
        let (answer, keep) = answered.map_err(|fault| fault.of(host))?;
        self.open = keep.then_some(connection);
        Ok(answer)
    }

    async fn connect(&self) -> Result<Connection, SourceError> {
        let Settings { url, trust, limits, .. } = self.settings;
        let secure = url.scheme() == "https";
        Connection::open(self.egress, self.settings.host(), secure, trust, limits.connect).await
    }
}
