//! Decides how an access token is got with a client id of the user's own: the device flow (RFC 8628), the browser with a
//! loopback address and PKCE (RFC 8252, RFC 7636), and a refresh token. One POST a step, to the hosts that were configured.
//!
//! What a server says beside an error's code is not shown: it may hold the user's name.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    DeviceCodeErrorResponseType, EndpointNotSet, EndpointSet, ErrorResponseType, HttpRequest, HttpResponse,
    PkceCodeChallenge, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardDeviceAuthorizationResponse,
    StandardErrorResponse, TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::Url;
use zeroize::Zeroizing;

use super::SourceError;
use super::http::Connection;
use super::imap::Trust;
use crate::net::Egress;

/// Where tokens come from, and who asks for them.
#[derive(Clone)]
pub struct Settings {
    pub client_id: String,
    /// Of the clients whose provider gives them one (Google does to programs too).
    pub client_secret: Option<SecretString>,
    pub flow: Flow,
    pub token_url: Url,
    pub scopes: Vec<String>,
    pub trust: Trust,
    /// How long a person may take.
    pub patience: Duration,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({:?})", self.token_url.host_str())
    }
}

/// How a person says yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// On any device, with a code.
    Device { url: Url },
    /// In the browser of this machine.
    Browser { url: Url },
}

/// What a person is to do.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// Open this page anywhere and enter this code.
    Code { page: &'a str, code: &'a str },
    /// Open this page on this machine.
    Page { page: &'a str },
}

/// What came of it.
pub struct Tokens {
    pub access: SecretString,
    /// With which the next access token is got without a person.
    pub refresh: Option<SecretString>,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The server's own word for it, such as `invalid_grant`.
    #[error("{host} gives no token ({code})")]
    Refused { host: String, code: String },
    #[error("nobody said yes in time")]
    TooLate,
    #[error("{host} answers with something else than a token")]
    Unreadable { host: String },
    #[error("cannot listen for the browser")]
    NoListener(#[source] io::Error),
}

/// Bytes of an answer, and of a browser's request.
const ANSWER: usize = 1 << 20;
const REQUEST: usize = 16 << 10;
const CONNECT: Duration = Duration::from_secs(20);
const WAIT: Duration = Duration::from_secs(60);

/// A client of one provider.
#[derive(Debug)]
pub struct OAuth {
    settings: Settings,
    egress: Egress,
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, SourceError>> + Send + 'a>>;

type Client = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

impl OAuth {
    /// A client that connects to the hosts of its settings and to no others.
    pub fn new(settings: Settings) -> Self {
        let place = |url: &Url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?));
        let mut places: Vec<_> = place(&settings.token_url).into_iter().collect();
        // The browser goes to its page by itself.
        if let Flow::Device { url } = &settings.flow {
            places.extend(place(url));
        }
        let egress = Egress::new(places.iter().map(|(host, port)| (host.as_str(), *port)));
        Self { settings, egress }
    }

    /// Looks its hosts up now, so that no name need be looked up later.
    ///
    /// # Errors
    /// What the system says of a host that has no address.
    pub async fn look_up(&mut self) -> io::Result<()> {
        self.egress.look_up(CONNECT).await
    }

    /// The port at which tokens are handed out.
    pub fn port(&self) -> Option<u16> {
        self.settings.token_url.port_or_known_default()
    }

    /// Every `host:port` that was connected to.
    pub fn contacted(&self) -> Vec<String> {
        self.egress.contacted()
    }

    /// A token without a person.
    ///
    /// # Errors
    /// [`OAuthError::Refused`] where the refresh token is worth nothing any more.
    pub async fn refresh(&self, token: &SecretString) -> Result<Tokens, OAuthError> {
        let token = RefreshToken::new(token.expose_secret().to_owned());
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let client = self.client();
        let answered = client.exchange_refresh_token(&token).add_scopes(scopes).request_async(self).await;
        Ok(tokens(&answered.map_err(|error| self.error(error))?))
    }

    /// A token with a person, who is told what to do by `ask`.
    ///
    /// # Errors
    /// [`OAuthError`]: no, too late, or the provider could not be asked.
    pub async fn with_a_person(&self, ask: &(dyn Fn(Ask<'_>) + Sync)) -> Result<Tokens, OAuthError> {
        match &self.settings.flow {
            Flow::Device { url } => self.device(url, ask).await,
            Flow::Browser { url } => self.browser(url, ask).await,
        }
    }

    async fn device(&self, url: &Url, ask: &(dyn Fn(Ask<'_>) + Sync)) -> Result<Tokens, OAuthError> {
        let client = self.client().set_device_authorization_url(DeviceAuthorizationUrl::from_url(url.clone()));
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let begun = client.exchange_device_code().add_scopes(scopes).request_async(self).await;
        let begun: StandardDeviceAuthorizationResponse = begun.map_err(|error| self.error(error))?;
        ask(Ask::Code { page: begun.verification_uri(), code: begun.user_code().secret() });
        let asking = client.exchange_device_access_token(&begun);
        let patience = Some(self.settings.patience);
        match asking.request_async(self, tokio::time::sleep, patience).await {
            Ok(answer) => Ok(tokens(&answer)),
            Err(RequestTokenError::ServerResponse(answer))
                if *answer.error() == DeviceCodeErrorResponseType::ExpiredToken =>
            {
                Err(OAuthError::TooLate)
            }
            Err(error) => Err(self.error(error)),
        }
    }

    async fn browser(&self, url: &Url, ask: &(dyn Fn(Ask<'_>) + Sync)) -> Result<Tokens, OAuthError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(OAuthError::NoListener)?;
        let port = listener.local_addr().map_err(OAuthError::NoListener)?.port();
        let back = RedirectUrl::new(format!("http://127.0.0.1:{port}")).map_err(|_| self.unreadable())?;
        let client = self.client().set_auth_uri(AuthUrl::from_url(url.clone())).set_redirect_uri(back);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let authorize = client.authorize_url(CsrfToken::new_random).add_scopes(scopes).set_pkce_challenge(challenge);
        // Google hands out refresh tokens for the asking alone.
        let authorize = authorize.add_extra_param("access_type", "offline");
        let (page, state) = authorize.url();
        ask(Ask::Page { page: page.as_str() });
        let waiting = comes_back(&listener, port, state.secret());
        let code = match timeout(self.settings.patience, waiting).await {
            Ok(Ok(code)) => AuthorizationCode::new(code),
            Ok(Err(code)) => return Err(OAuthError::Refused { host: self.host(), code }),
            Err(_) => return Err(OAuthError::TooLate),
        };
        let exchanged = client.exchange_code(code).set_pkce_verifier(verifier).request_async(self).await;
        Ok(tokens(&exchanged.map_err(|error| self.error(error))?))
    }

    fn client(&self) -> Client {
        let client = BasicClient::new(ClientId::new(self.settings.client_id.clone()))
            .set_token_uri(TokenUrl::from_url(self.settings.token_url.clone()))
            .set_auth_type(AuthType::RequestBody);
        match &self.settings.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SourceError> {
        let protocol = || SourceError::Protocol { host: self.host(), what: "its address cannot be asked".to_owned() };
        let (parts, body) = request.into_parts();
        let body = Zeroizing::new(body);
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| protocol())?;
        let (host, port) = url.host_str().zip(url.port_or_known_default()).ok_or_else(protocol)?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut head = format!(
            "{} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {}\r\nAccept-Encoding: identity\r\n\
             User-Agent: mailglean/{}\r\nConnection: close\r\n",
            parts.method,
            body.len(),
            env!("CARGO_PKG_VERSION")
        );
        for (name, value) in &parts.headers {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().map_err(|_| protocol())?));
        }
        head.push_str("\r\n");
        let request = Zeroizing::new([head.as_bytes(), &body].concat());
        let secure = url.scheme() == "https";
        let mut connection =
            Connection::open(&self.egress, (host, port), secure, &self.settings.trust, CONNECT).await?;
        let (answer, _) = connection.exchange(&request, ANSWER, WAIT).await.map_err(|fault| fault.of(host))?;
        let mut response = HttpResponse::new(answer.body);
        *response.status_mut() = oauth2::http::StatusCode::from_u16(answer.status).map_err(|_| protocol())?;
        Ok(response)
    }

    fn host(&self) -> String {
        self.settings.token_url.host_str().unwrap_or_default().to_owned()
    }

    fn unreadable(&self) -> OAuthError {
        OAuthError::Unreadable { host: self.host() }
    }

    fn error<T: ErrorResponseType + fmt::Display + 'static>(
        &self,
        error: RequestTokenError<SourceError, StandardErrorResponse<T>>,
    ) -> OAuthError {
        match error {
            RequestTokenError::ServerResponse(answer) => {
                OAuthError::Refused { host: self.host(), code: plain(&answer.error().to_string()) }
            }
            RequestTokenError::Request(error) => OAuthError::Source(error),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => self.unreadable(),
        }
    }
}

/// What the engine sends through: our own connection, so that every host is one that was configured.
impl<'c> AsyncHttpClient<'c> for OAuth {
    type Error = SourceError;
    type Future = Sending<'c>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// The word that stands for an error in the protocol: letters and underscores, whatever a server makes of it.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
}

fn tokens(answer: &BasicTokenResponse) -> Tokens {
    Tokens {
        access: answer.access_token().secret().clone().into(),
        refresh: answer.refresh_token().map(|token| token.secret().clone().into()),
    }
}

/// Waits until the browser brings the code back; an error is the provider's word for it.
async fn comes_back(listener: &TcpListener, port: u16, state: &str) -> Result<String, String> {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else { continue };
        // Whoever connects and says nothing does not keep the browser waiting for long.
        let Ok(Some(target)) = timeout(Duration::from_secs(5), target(&mut stream, port)).await else { continue };
        let Ok(url) = Url::parse(&format!("http://127.0.0.1:{port}{target}")) else { continue };
        let get = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        // Anybody on this machine can connect here; only the answer to our own question knows the state.
        let ours = url.path() == "/" && get("state").as_deref() == Some(state);
        let (status, text, result) = match (ours, get("code"), get("error")) {
            (true, Some(code), _) => ("200 OK", "Done. This window can be closed.", Some(Ok(code))),
            (true, None, Some(error)) => {
                ("200 OK", "Nothing was granted. This window can be closed.", Some(Err(plain(&error))))
            }
            _ => ("404 Not Found", "Not here.", None),
        };
        let page = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{text}",
            text.len()
        );
        let _ = timeout(Duration::from_secs(5), stream.write_all(page.as_bytes())).await;
        let _ = stream.shutdown().await;
        if let Some(result) = result {
            return result;
        }
    }
}

/// What a GET asks for, if it is asked of this address by its number: a name that points here is somebody's trick.
async fn target(stream: &mut TcpStream, port: u16) -> Option<String> {
    let mut seen = Vec::new();
    while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 2048];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        seen.extend_from_slice(part.get(..read)?);
        if seen.len() > REQUEST {
            return None;
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(&seen).ok()?;
    let here = format!("127.0.0.1:{port}");
    let host = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("host"))?;
    (request.method == Some("GET") && host.value == here.as_bytes()).then(|| request.path.unwrap_or("/").to_owned())
}
