//! Decides how the embedded server listens, speaks IMAP4rev1 and ends; it has no command that changes a mailbox.

use std::borrow::Cow;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use imap_codec::decode::Decoder as _;
use imap_codec::encode::Encoder as _;
use imap_codec::fragmentizer::{FragmentInfo, Fragmentizer};
use imap_codec::imap_types::IntoStatic as _;
use imap_codec::imap_types::auth::AuthMechanism;
use imap_codec::imap_types::command::{Command, CommandBody};
use imap_codec::imap_types::core::{Atom, IString, LiteralMode, NString, QuotedChar, Tag, Text, Vec1};
use imap_codec::imap_types::extensions::enable::CapabilityEnable;
use imap_codec::imap_types::extensions::namespace::Namespace;
use imap_codec::imap_types::fetch::{MacroOrMessageDataItemNames, MessageDataItemName};
use imap_codec::imap_types::flag::{Flag, FlagNameAttribute, FlagPerm};
use imap_codec::imap_types::mailbox::{ListMailbox, Mailbox as WireMailbox};
use imap_codec::imap_types::response::{
    Capability, Code, CodeOther, CommandContinuationRequest, Data, Greeting, GreetingKind, Response, Status,
    StatusBody, StatusKind, Tagged,
};
use imap_codec::imap_types::search::SearchKey;
use imap_codec::imap_types::sequence::SequenceSet;
use imap_codec::imap_types::status::{StatusDataItem, StatusDataItemName};
use imap_codec::{CommandCodec, GreetingCodec, ResponseCodec};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::mailbox::{Folder, Mailbox, modified_utf7};
use super::script::{Act, Script, Transcript};
use super::view::{Largest, MODSEQ, contains, count, holds, item, marks_as_read};
use crate::message::FolderKind;

/// The one user of a server that was not given another.
const USER: &str = "demo@firma.example";
/// Commands are short; nothing that a client of ours sends comes near this.
const MAX_COMMAND: u32 = 1 << 20;
/// An answer is sent in pieces of about this size.
const PIECE: usize = 1 << 16;

/// An IMAP server for the loopback interface, over a mailbox in memory.
pub struct Server {
    mailbox: Mailbox,
    user: String,
    script: Script,
    certificate: Certificate,
    naming_copies: bool,
}

/// Which certificate the server shows; all but the first are there to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// For `localhost` and 127.0.0.1, by the authority of [`Running::ca_pem`].
    Valid,
    Expired,
    OtherHost,
    /// Signed by itself, and by no authority.
    SelfSigned,
}

/// A server at work. It ends, with all its connections, when this is dropped.
pub struct Running {
    /// Where TLS is spoken from the first byte.
    pub tls: SocketAddr,
    /// Where TLS begins with STARTTLS.
    pub starttls: SocketAddr,
    /// The certificate of the authority that signed the server's, made for this run.
    pub ca_pem: String,
    pub user: String,
    /// For LOGIN and PLAIN.
    pub password: String,
    /// For XOAUTH2 and OAUTHBEARER.
    pub token: String,
    pub transcript: Transcript,
    listeners: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Running({}, {})", self.tls, self.starttls)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.abort();
        }
    }
}

/// Why the server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on the loopback interface")]
    Listen(#[from] std::io::Error),
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    #[error("cannot set TLS up")]
    Tls(#[from] tokio_rustls::rustls::Error),
    #[error("the system gives no random numbers")]
    Random,
}

impl Server {
    pub fn new(mailbox: Mailbox) -> Self {
        Self {
            mailbox,
            user: USER.to_owned(),
            script: Script::default(),
            certificate: Certificate::Valid,
            naming_copies: false,
        }
    }

    /// Whose mailbox it is: the name to log in with.
    #[must_use]
    pub fn user(self, user: &str) -> Self {
        Self { user: user.to_owned(), ..self }
    }

    /// Makes the server misbehave where the script says so.
    #[must_use]
    pub fn script(self, script: Script) -> Self {
        Self { script, ..self }
    }

    /// Gives every message an EMAILID (RFC 8474), the same for all its copies.
    #[must_use]
    pub fn naming_copies(self) -> Self {
        Self { naming_copies: true, ..self }
    }

    #[must_use]
    pub fn certificate(self, certificate: Certificate) -> Self {
        Self { certificate, ..self }
    }

    /// Listens on two free ports of 127.0.0.1, until the returned value is dropped.
    ///
    /// # Errors
    /// If there is no loopback interface, or no certificate can be made.
    pub async fn start(self) -> Result<Running, StartError> {
        let (config, ca_pem) = tls_config(self.certificate)?;
        let shared = Arc::new(Shared {
            mailbox: self.mailbox,
            user: self.user,
            script: self.script,
            naming_copies: self.naming_copies,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            password: random()?,
            token: random()?,
            transcript: Transcript::default(),
            connections: AtomicU32::new(0),
        });
        let tls = TcpListener::bind(("127.0.0.1", 0)).await?;
        let starttls = TcpListener::bind(("127.0.0.1", 0)).await?;
        Ok(Running {
            tls: tls.local_addr()?,
            starttls: starttls.local_addr()?,
            ca_pem,
            user: shared.user.clone(),
            password: shared.password.clone(),
            token: shared.token.clone(),
            transcript: shared.transcript.clone(),
            listeners: vec![
                tokio::spawn(listen(tls, Arc::clone(&shared), Security::Tls)),
                tokio::spawn(listen(starttls, shared, Security::StartTls)),
            ],
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Security {
    Tls,
    StartTls,
}

/// What all connections of one server have in common.
struct Shared {
    mailbox: Mailbox,
    user: String,
    script: Script,
    naming_copies: bool,
    acceptor: TlsAcceptor,
    password: String,
    token: String,
    transcript: Transcript,
    connections: AtomicU32,
}

fn random() -> Result<String, StartError> {
    let mut bytes = [0; 18];
    getrandom::fill(&mut bytes).map_err(|_| StartError::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn tls_config(certificate: Certificate) -> Result<(ServerConfig, String), StartError> {
    let ca_key = rcgen::KeyPair::generate()?;
    let mut ca = rcgen::CertificateParams::new(vec![])?;
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
    ca.distinguished_name.push(rcgen::DnType::CommonName, "mailglean demo authority");
    let ca_pem = ca.self_signed(&ca_key)?.pem();

    let names = match certificate {
        Certificate::OtherHost => vec!["mail.elsewhere.example".to_owned()],
        Certificate::Valid | Certificate::Expired | Certificate::SelfSigned => {
            vec!["localhost".to_owned(), "127.0.0.1".to_owned()]
        }
    };
    let key = rcgen::KeyPair::generate()?;
    let mut leaf = rcgen::CertificateParams::new(names)?;
    leaf.distinguished_name.push(rcgen::DnType::CommonName, "mailglean demo");
    leaf.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    if certificate == Certificate::Expired {
        leaf.not_before = rcgen::date_time_ymd(2020, 1, 1);
        leaf.not_after = rcgen::date_time_ymd(2021, 1, 1);
    }
    let leaf = match certificate {
        Certificate::SelfSigned => leaf.self_signed(&key)?,
        Certificate::Valid | Certificate::Expired | Certificate::OtherHost => {
            leaf.signed_by(&key, &rcgen::Issuer::new(ca, ca_key))?
        }
    };
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )?;
    Ok((config, ca_pem))
}

/// Accepts until it is aborted; its connections end with it, because the set that holds them is dropped.
async fn listen(listener: TcpListener, shared: Arc<Shared>, security: Security) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(connection(stream, Arc::clone(&shared), security));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One client, from its greeting to its end. A client that breaks off is no error.
async fn connection(stream: TcpStream, shared: Arc<Shared>, security: Security) {
    let number = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
    // Answers are written whole; waiting to fill a packet would only cost time.
    let _ = stream.set_nodelay(true);
    let stream = match security {
        Security::StartTls => {
            let mut plain = Session::new(stream, Arc::clone(&shared), number, State::Plain);
            if !plain.greet().await || plain.run().await != End::StartTls {
                return;
            }
            // What the client sent behind STARTTLS in the clear is dropped with the session's buffer.
            plain.stream
        }
        Security::Tls => stream,
    };
    let Ok(stream) = shared.acceptor.accept(stream).await else { return };
    let mut session = Session::new(stream, shared, number, State::Connected);
    let greeted = security == Security::StartTls || session.greet().await;
    if greeted {
        session.run().await;
    }
    // Says goodbye in TLS where the client still listens; a line that is cut does not.
    if !session.cut {
        let _ = session.stream.shutdown().await;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Without TLS: nothing but STARTTLS leads on.
    Plain,
    Connected,
    /// Logged in; the open folder, by its place in the mailbox.
    Authenticated(Option<usize>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Left,
    StartTls,
}

/// Whether the connection goes on after an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Command,
    End(End),
}

struct Session<S> {
    stream: S,
    shared: Arc<Shared>,
    number: u32,
    state: State,
    input: Fragmentizer,
    out: Vec<u8>,
    /// Set while a script wants to see the whole answer before it is sent.
    hold: bool,
    /// The line was cut: TLS ends without its notice.
    cut: bool,
    /// Set while messages are to be named in the answer.
    naming: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    fn new(stream: S, shared: Arc<Shared>, number: u32, state: State) -> Self {
        let input = Fragmentizer::new(MAX_COMMAND);
        Self { stream, shared, number, state, input, out: Vec::new(), hold: false, cut: false, naming: false }
    }

    /// Greets, and says whether the connection goes on.
    async fn greet(&mut self) -> bool {
        let act = self.shared.script.act("GREETING", u64::from(self.number), "");
        if let Some(greeting) = text("mailglean demo server ready").and_then(|text| {
            Some(Greeting { kind: GreetingKind::Ok, code: Some(Code::Capability(self.capabilities()?)), text })
        }) {
            self.out.extend(GreetingCodec::default().encode(&greeting).dump());
        }
        self.finish(act, b"*").await == Some(Next::Command)
    }

    /// Answers commands until the client leaves or begins TLS.
    async fn run(&mut self) -> End {
        while let Some(command) = self.read().await {
            let (heard, nth) = self.shared.transcript.note(self.number, &command);
            let tag: Vec<u8> = command.iter().copied().take_while(|byte| !byte.is_ascii_whitespace()).collect();
            let act = self.shared.script.act(&heard.verb, nth, &heard.line);
            self.hold = matches!(act, Some(Act::Cut(_) | Act::Edit(_)));
            // An answer that a script replaces is not even made: a command must not take effect that was refused.
            let replaced = matches!(act, Some(Act::Say(_) | Act::Close(_) | Act::Stall(_) | Act::Flood(_)));
            if let Some(Act::First(bytes)) = &act {
                self.out.extend(with_tag(bytes, &tag));
            }
            let next = if replaced {
                Some(Next::Command)
            } else {
                // The codec does not know EMAILID: it is taken out of the command and put into the answers.
                self.naming = self.shared.naming_copies && heard.verb == "UID FETCH" && heard.line.contains(" EMAILID");
                let known = if self.naming { without(&command, b" EMAILID") } else { command };
                let decoded = CommandCodec::default().decode(&known).map(|(_, command)| command.into_static());
                match decoded {
                    Ok(command) => self.answer(command).await,
                    Err(_) => self.refuse_unknown(),
                }
            };
            let after = self.finish(act, &tag).await;
            match (next, after) {
                (Some(Next::Command), Some(Next::Command)) => {}
                (Some(Next::End(end)), Some(Next::Command)) => return end,
                _ => return End::Left,
            }
        }
        End::Left
    }

    /// Sends what is ready, or what the script makes of it. `None` if the client is gone.
    async fn finish(&mut self, act: Option<Act>, tag: &[u8]) -> Option<Next> {
        self.hold = false;
        match act {
            None | Some(Act::First(_)) => {}
            Some(Act::Say(bytes)) => self.out = with_tag(&bytes, tag),
            Some(Act::Close(bytes)) => {
                self.out = with_tag(&bytes, tag);
                self.send().await?;
                return None;
            }
            Some(Act::Stall(bytes)) => {
                self.out = with_tag(&bytes, tag);
                self.send().await?;
                std::future::pending::<()>().await;
            }
            Some(Act::Flood(bytes)) => {
                let bytes = with_tag(&bytes, tag).repeat(PIECE / bytes.len().max(1) + 1);
                loop {
                    self.out.clone_from(&bytes);
                    self.send().await?;
                }
            }
            Some(Act::Cut(length)) => {
                self.cut = true;
                self.out.truncate(length);
                self.send().await?;
                return None;
            }
            Some(Act::Edit(edit)) => self.out = edit(std::mem::take(&mut self.out)),
        }
        self.send().await?;
        Some(Next::Command)
    }

    /// The bytes of the next command; its literals are asked for on the way. `None` if the client is gone.
    async fn read(&mut self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 8192];
        loop {
            match self.input.progress() {
                Some(FragmentInfo::Line { announcement: Some(literal), .. }) => {
                    if literal.mode == LiteralMode::Sync {
                        self.stream.write_all(b"+ go on\r\n").await.ok()?;
                        self.stream.flush().await.ok()?;
                    }
                }
                Some(_) if self.input.is_message_complete() => return Some(self.input.message_bytes().to_vec()),
                Some(_) => {}
                None => {
                    let read = self.stream.read(&mut buffer).await.ok()?;
                    self.input.enqueue_bytes(buffer.get(..read).filter(|bytes| !bytes.is_empty())?);
                }
            }
        }
    }

    async fn send(&mut self) -> Option<()> {
        self.stream.write_all(&self.out).await.ok()?;
        self.out.clear();
        self.stream.flush().await.ok()
    }

    /// Sends a long answer as it grows.
    async fn send_piece(&mut self) -> Option<()> {
        if !self.hold && self.out.len() >= PIECE { self.send().await } else { Some(()) }
    }

    fn push(&mut self, response: &Response<'_>) {
        self.out.extend(ResponseCodec::default().encode(response).dump());
    }

    fn data(&mut self, data: Data<'_>) {
        self.push(&Response::Data(data));
    }

    /// An untagged OK with a code.
    fn tell(&mut self, code: Code<'_>) {
        if let Some(text) = text("noted") {
            let body = StatusBody { kind: StatusKind::Ok, code: Some(code), text };
            self.push(&Response::Status(Status::Untagged(body)));
        }
    }

    fn tagged(&mut self, tag: Tag<'_>, kind: StatusKind, code: Option<Code<'_>>, words: &'static str) -> Option<Next> {
        let body = StatusBody { kind, code, text: text(words)? };
        self.push(&Response::Status(Status::Tagged(Tagged { tag, body })));
        Some(Next::Command)
    }

    fn ok(&mut self, tag: Tag<'_>) -> Option<Next> {
        self.tagged(tag, StatusKind::Ok, None, "done")
    }

    fn no(&mut self, tag: Tag<'_>, words: &'static str) -> Option<Next> {
        self.tagged(tag, StatusKind::No, None, words)
    }

    /// A command that the codec does not know, or that is none.
    fn refuse_unknown(&mut self) -> Option<Next> {
        match self.input.decode_tag().map(|tag| tag.into_static()) {
            Some(tag) => self.tagged(tag, StatusKind::Bad, None, "not understood"),
            None => {
                let body = StatusBody { kind: StatusKind::Bad, code: None, text: text("not a command")? };
                self.push(&Response::Status(Status::Untagged(body)));
                Some(Next::Command)
            }
        }
    }

    fn capabilities(&self) -> Option<Vec1<Capability<'static>>> {
        let names: &[&str] = match self.state {
            State::Plain => &["IMAP4rev1", "ID", "STARTTLS", "LOGINDISABLED"],
            State::Connected => {
                &["IMAP4rev1", "ID", "SASL-IR", "LITERAL+", "AUTH=PLAIN", "AUTH=XOAUTH2", "AUTH=OAUTHBEARER"]
            }
            State::Authenticated(_) => &[
                "IMAP4rev1",
                "ID",
                "LITERAL+",
                "NAMESPACE",
                "UNSELECT",
                "SPECIAL-USE",
                "CHILDREN",
                "ENABLE",
                "CONDSTORE",
            ],
        };
        let more: &[&str] = if self.shared.naming_copies { &["OBJECTID"] } else { &[] };
        let list = names.iter().chain(more).filter_map(|&name| Some(Capability::from(Atom::try_from(name).ok()?)));
        Vec1::try_from(list.collect::<Vec<_>>()).ok()
    }

    async fn answer(&mut self, command: Command<'static>) -> Option<Next> {
        let Command { tag, body } = command;
        match (body, self.state) {
            (CommandBody::Capability, _) => {
                let list = self.capabilities()?;
                self.data(Data::Capability(list));
                self.ok(tag)
            }
            (CommandBody::Noop, _) => self.ok(tag),
            (CommandBody::Id { .. }, _) => {
                let pair = (IString::try_from("name").ok()?, NString::try_from("mailglean demo server").ok()?);
                self.data(Data::Id { parameters: Some(vec![pair]) });
                self.ok(tag)
            }
            (CommandBody::Logout, _) => {
                self.push(&Response::Status(Status::bye(None, "goodbye").ok()?));
                self.ok(tag)?;
                Some(Next::End(End::Left))
            }
            (CommandBody::StartTLS, State::Plain) => {
                self.ok(tag)?;
                Some(Next::End(End::StartTls))
            }
            (CommandBody::Login { .. } | CommandBody::Authenticate { .. }, State::Plain) => {
                self.no(tag, "not without TLS")
            }
            (CommandBody::Login { username, password }, State::Connected) => {
                let right = username.as_ref() == self.shared.user.as_bytes()
                    && password.declassify().as_ref() == self.shared.password.as_bytes();
                self.log_in(tag, right)
            }
            (CommandBody::Authenticate { mechanism, initial_response }, State::Connected) => {
                let initial = initial_response.map(|secret| secret.declassify().to_vec());
                self.authenticate(tag, mechanism, initial).await
            }
            (body, State::Authenticated(open)) => self.answer_authenticated(tag, body, open).await,
            _ => self.tagged(tag, StatusKind::Bad, None, "not now"),
        }
    }

    fn log_in(&mut self, tag: Tag<'_>, right: bool) -> Option<Next> {
        if !right {
            let code = Some(other_code("AUTHENTICATIONFAILED"));
            return self.tagged(tag, StatusKind::No, code, "wrong credentials");
        }
        self.state = State::Authenticated(None);
        let code = self.capabilities().map(Code::Capability);
        self.tagged(tag, StatusKind::Ok, code, "logged in")
    }

    async fn authenticate(
        &mut self,
        tag: Tag<'_>,
        mechanism: AuthMechanism<'_>,
        initial: Option<Vec<u8>>,
    ) -> Option<Next> {
        if !matches!(mechanism, AuthMechanism::Plain | AuthMechanism::XOAuth2 | AuthMechanism::OAuthBearer) {
            return self.no(tag, "no such mechanism");
        }
        let given = match initial {
            Some(given) => Some(given),
            None => self.challenge(b"").await?,
        };
        let Some(given) = given else { return self.tagged(tag, StatusKind::Bad, None, "cancelled") };
        let given = String::from_utf8_lossy(&given).into_owned();
        let user = &self.shared.user;
        let right = match mechanism {
            AuthMechanism::Plain => given == format!("\0{user}\0{}", self.shared.password),
            AuthMechanism::XOAuth2 => given == format!("user={user}\x01auth=Bearer {}\x01\x01", self.shared.token),
            _ => {
                let bearer = format!("auth=Bearer {}", self.shared.token);
                given.starts_with(&format!("n,a={user},\x01"))
                    && given.ends_with("\x01\x01")
                    && given.split('\x01').any(|pair| pair == bearer)
            }
        };
        if !right && mechanism != AuthMechanism::Plain {
            // RFC 7628, 3.2.2: the reason, and an empty answer before the refusal.
            self.challenge(br#"{"status":"401","schemes":"bearer","scope":"mail"}"#).await?;
        }
        self.log_in(tag, right)
    }

    /// Asks and waits for one answer: `Some(None)` if the client cancelled, `None` if it is gone.
    async fn challenge(&mut self, question: &[u8]) -> Option<Option<Vec<u8>>> {
        self.push(&Response::CommandContinuationRequest(CommandContinuationRequest::base64(question.to_vec())));
        self.send().await?;
        let line = self.read().await?;
        Some(STANDARD.decode(line.trim_ascii()).ok())
    }

    async fn answer_authenticated(
        &mut self,
        tag: Tag<'_>,
        body: CommandBody<'static>,
        open: Option<usize>,
    ) -> Option<Next> {
        match (body, open) {
            (CommandBody::Namespace, _) => {
                let delimiter = QuotedChar::try_from('/').ok();
                let personal = vec![Namespace::new(IString::try_from("").ok()?, delimiter)];
                self.data(Data::Namespace { personal, other: vec![], shared: vec![] });
                self.ok(tag)
            }
            (CommandBody::Enable { capabilities }, _) => {
                let known = |wanted: &CapabilityEnable<'_>| wanted.to_string().eq_ignore_ascii_case("CONDSTORE");
                let capabilities = capabilities.into_iter().filter(known).collect();
                self.data(Data::Enabled { capabilities });
                self.ok(tag)
            }
            (CommandBody::List { reference, mailbox_wildcard }, _) => self.list(tag, &reference, &mailbox_wildcard),
            (CommandBody::Status { mailbox, item_names }, _) => self.status(tag, &mailbox, &item_names),
            (CommandBody::Examine { mailbox, .. }, _) => self.examine(tag, &mailbox),
            (CommandBody::Unselect, Some(_)) => {
                self.state = State::Authenticated(None);
                self.ok(tag)
            }
            (CommandBody::Search { criteria, uid, .. }, Some(open)) => self.search(tag, open, criteria, uid),
            (CommandBody::Fetch { sequence_set, macro_or_item_names, uid, .. }, Some(open)) => {
                self.fetch(tag, open, &sequence_set, macro_or_item_names, uid).await
            }
            (CommandBody::Unselect | CommandBody::Search { .. } | CommandBody::Fetch { .. }, None) => {
                self.tagged(tag, StatusKind::Bad, None, "no folder is open")
            }
            // SELECT and whatever else could change something.
            _ => self.no(tag, "this mailbox can only be read"),
        }
    }

    fn folder(&self, mailbox: &WireMailbox<'_>) -> Option<(usize, &Folder)> {
        let wanted = wire_name(mailbox);
        let same = |folder: &Folder| folder.wire_name().as_bytes() == &*wanted;
        self.shared.mailbox.folders.iter().enumerate().find(|(_, folder)| same(folder))
    }

    fn list(&mut self, tag: Tag<'_>, reference: &WireMailbox<'_>, wildcard: &ListMailbox<'_>) -> Option<Next> {
        let delimiter = QuotedChar::try_from('/').ok();
        let wildcard: &[u8] = match wildcard {
            ListMailbox::Token(token) => token.as_ref(),
            ListMailbox::String(string) => string.as_ref(),
        };
        if wildcard.is_empty() {
            let items = vec![FlagNameAttribute::Noselect];
            self.data(Data::List { items, delimiter, mailbox: WireMailbox::try_from("").ok()? });
            return self.ok(tag);
        }
        let pattern = [&*wire_name(reference), wildcard].concat();
        let shared = Arc::clone(&self.shared);
        let folders = shared.mailbox.folders.iter().map(|folder| (folder.wire_name(), Some(folder.kind)));
        let parents = shared.mailbox.parents().into_iter().map(|name| (modified_utf7(&name), None));
        let names: Vec<(String, Option<FolderKind>)> = folders.chain(parents).collect();
        for (name, kind) in &names {
            if !matches(&pattern, name.as_bytes()) {
                continue;
            }
            let mut items = vec![];
            let children =
                names.iter().any(|(other, _)| other.strip_prefix(name.as_str()).is_some_and(|o| o.starts_with('/')));
            items.extend(attribute(if children { "HasChildren" } else { "HasNoChildren" }));
            match kind {
                None => items.push(FlagNameAttribute::Noselect),
                Some(kind) => items.extend(special_use(*kind).and_then(attribute)),
            }
            let mailbox = WireMailbox::try_from(name.as_str()).ok()?;
            self.data(Data::List { items, delimiter, mailbox });
        }
        self.ok(tag)
    }

    fn status(&mut self, tag: Tag<'_>, mailbox: &WireMailbox<'static>, names: &[StatusDataItemName]) -> Option<Next> {
        let Some((_, folder)) = self.folder(mailbox) else { return self.no_such_folder(tag) };
        let item = |name: &StatusDataItemName| {
            Some(match name {
                StatusDataItemName::Messages => StatusDataItem::Messages(count(folder.messages.len())),
                StatusDataItemName::Recent => StatusDataItem::Recent(0),
                StatusDataItemName::UidNext => StatusDataItem::UidNext(NonZeroU32::new(folder.uid_next())?),
                StatusDataItemName::UidValidity => StatusDataItem::UidValidity(NonZeroU32::new(folder.uid_validity)?),
                StatusDataItemName::Unseen => StatusDataItem::Unseen(count(folder.unseen())),
                StatusDataItemName::HighestModSeq => StatusDataItem::HighestModSeq(MODSEQ.get()),
                StatusDataItemName::Deleted | StatusDataItemName::DeletedStorage => return None,
            })
        };
        let items = Cow::Owned(names.iter().filter_map(item).collect());
        self.data(Data::Status { mailbox: mailbox.clone(), items });
        self.ok(tag)
    }

    fn no_such_folder(&mut self, tag: Tag<'_>) -> Option<Next> {
        self.tagged(tag, StatusKind::No, Some(other_code("NONEXISTENT")), "no such folder")
    }

    fn examine(&mut self, tag: Tag<'_>, mailbox: &WireMailbox<'_>) -> Option<Next> {
        // RFC 3501, 6.3.1: whatever comes of it, the folder before is open no more.
        self.state = State::Authenticated(None);
        let Some((place, folder)) = self.folder(mailbox) else { return self.no_such_folder(tag) };
        let (exists, validity, next) = (folder.messages.len(), folder.uid_validity, folder.uid_next());
        self.data(Data::Flags(vec![Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft]));
        self.data(Data::Exists(count(exists)));
        self.data(Data::Recent(0));
        self.tell(Code::PermanentFlags(Vec::<FlagPerm<'_>>::new()));
        self.tell(Code::UidValidity(NonZeroU32::new(validity)?));
        self.tell(Code::UidNext(NonZeroU32::new(next)?));
        self.tell(Code::HighestModSeq(MODSEQ));
        self.state = State::Authenticated(Some(place));
        self.tagged(tag, StatusKind::Ok, Some(Code::ReadOnly), "open for reading")
    }

    fn search(&mut self, tag: Tag<'_>, open: usize, criteria: Vec1<SearchKey<'static>>, uid: bool) -> Option<Next> {
        let shared = Arc::clone(&self.shared);
        let messages = &shared.mailbox.folders.get(open)?.messages;
        let every = SearchKey::And(criteria);
        let largest = Largest::of(messages);
        let mut found = vec![];
        for (n, message) in messages.iter().enumerate() {
            let number = count(n + 1);
            match holds(&every, message, number, largest) {
                Some(true) => found.extend(NonZeroU32::new(if uid { message.uid } else { number })),
                Some(false) => {}
                None => return self.tagged(tag, StatusKind::No, Some(other_code("CANNOT")), "cannot search for that"),
            }
        }
        self.data(Data::Search(found, None));
        self.ok(tag)
    }

    async fn fetch(
        &mut self,
        tag: Tag<'_>,
        open: usize,
        set: &SequenceSet,
        names: MacroOrMessageDataItemNames<'static>,
        uid: bool,
    ) -> Option<Next> {
        let mut names = match names {
            MacroOrMessageDataItemNames::Macro(name) => name.expand().into_static(),
            MacroOrMessageDataItemNames::MessageDataItemNames(names) => names,
        };
        if names.iter().any(marks_as_read) {
            return self.no(tag, "this mailbox can only be peeked into");
        }
        if uid && !names.contains(&MessageDataItemName::Uid) {
            names.insert(0, MessageDataItemName::Uid);
        }
        let shared = Arc::clone(&self.shared);
        let messages = &shared.mailbox.folders.get(open)?.messages;
        let largest = Largest::of(messages);
        for (n, message) in messages.iter().enumerate() {
            let number = count(n + 1);
            let wanted =
                if uid { contains(set, message.uid, largest.uid) } else { contains(set, number, largest.number) };
            if !wanted {
                continue;
            }
            let items: Vec<_> = names.iter().filter_map(|name| item(name, message)).collect();
            if let (Some(seq), Ok(items)) = (NonZeroU32::new(number), Vec1::try_from(items)) {
                let start = self.out.len();
                self.data(Data::Fetch { seq, items });
                if self.naming {
                    let mut hasher = DefaultHasher::new();
                    message.bytes.hash(&mut hasher);
                    let open = self.out.get(start..).and_then(|answer| answer.iter().position(|byte| *byte == b'('));
                    let at = start + open.unwrap_or(0) + 1;
                    self.out.splice(at..at, format!("EMAILID (M{:x}) ", hasher.finish()).into_bytes());
                }
            }
            self.send_piece().await?;
        }
        self.ok(tag)
    }
}

/// These bytes without the first occurrence of those.
fn without(bytes: &[u8], those: &[u8]) -> Vec<u8> {
    match memchr::memmem::find(bytes, those) {
        Some(at) => [bytes.get(..at).unwrap_or_default(), bytes.get(at + those.len()..).unwrap_or_default()].concat(),
        None => bytes.to_vec(),
    }
}

fn with_tag(bytes: &[u8], tag: &[u8]) -> Vec<u8> {
    let mark = b"{tag}";
    let mut done = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, mark) {
        done.extend_from_slice(rest.get(..at).unwrap_or_default());
        done.extend_from_slice(tag);
        rest = rest.get(at + mark.len()..).unwrap_or_default();
    }
    done.extend_from_slice(rest);
    done
}

fn text(words: &'static str) -> Option<Text<'static>> {
    Text::try_from(words).ok()
}

fn other_code(name: &'static str) -> Code<'static> {
    Code::Other(CodeOther::unvalidated(name.as_bytes()))
}

fn attribute(name: &'static str) -> Option<FlagNameAttribute<'static>> {
    Some(FlagNameAttribute::from(Atom::try_from(name).ok()?))
}

fn special_use(kind: FolderKind) -> Option<&'static str> {
    match kind {
        FolderKind::Sent => Some("Sent"),
        FolderKind::Drafts => Some("Drafts"),
        FolderKind::Junk => Some("Junk"),
        FolderKind::Trash => Some("Trash"),
        FolderKind::Archive => Some("Archive"),
        FolderKind::All => Some("All"),
        FolderKind::Inbox | FolderKind::Other => None,
    }
}

fn wire_name(mailbox: &WireMailbox<'_>) -> Cow<'static, [u8]> {
    match mailbox {
        WireMailbox::Inbox => Cow::Borrowed(b"INBOX"),
        WireMailbox::Other(name) => Cow::Owned(name.as_ref().to_vec()),
    }
}

/// Whether a name matches LIST's pattern: `*` is anything, `%` anything within a level.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // The places in the pattern that the name read so far may have led to.
    let mut places = vec![0];
    let open = |places: &mut Vec<usize>| {
        let mut n = 0;
        while let Some(&place) = places.get(n) {
            if matches!(pattern.get(place), Some(b'*' | b'%')) && !places.contains(&(place + 1)) {
                places.push(place + 1);
            }
            n += 1;
        }
    };
    open(&mut places);
    for &byte in name {
        let mut after = vec![];
        for place in places {
            let next = match pattern.get(place) {
                Some(b'*') => place,
                Some(b'%') if byte != b'/' => place,
                Some(&wanted) if wanted == byte => place + 1,
                _ => continue,
            };
            if !after.contains(&next) {
                after.push(next);
            }
        }
        places = after;
        open(&mut places);
    }
    places.contains(&pattern.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_patterns_match_levels() {
        for (pattern, name, yes) in [
            ("*", "Archive/2024", true),
            ("%", "Archive/2024", false),
            ("%", "Archive", true),
            ("Archive/%", "Archive/2024", true),
            ("Archive*", "Archive", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXb", false),
            ("INBOX", "INBOX", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), yes, "{pattern} {name}");
        }
    }

    #[test]
    fn the_tag_is_put_in() {
        assert_eq!(with_tag(b"* OK\r\n{tag} NO {tag}\r\n", b"A1"), b"* OK\r\nA1 NO A1\r\n");
    }
}
