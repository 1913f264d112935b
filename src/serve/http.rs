//! Decides how much of HTTP/1.1 is spoken: one request a connection, GET alone, no body, small heads. What is not
//! spoken cannot be got wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The head of a request, at most.
const HEAD: usize = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Without the query; as it was sent.
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// In lower case, with every value that was sent.
    headers: BTreeMap<String, Vec<String>>,
}

impl Request {
    /// A header that must not be sent twice: `Err` if it was.
    pub fn header(&self, name: &str) -> Result<Option<&str>, Status> {
        match self.headers.get(name).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(one)),
            Some(_) => Err(Status::Bad),
        }
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.get("cookie")?.iter().flat_map(|line| line.split(';'));
        all.filter_map(|pair| pair.trim().split_once('=')).find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// How an answer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok,
    SeeOther,
    Bad,
    Forbidden,
    NotFound,
    NotAllowed,
    TooLarge,
    Misdirected,
}

impl Status {
    fn line(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::SeeOther => "303 See Other",
            Self::Bad => "400 Bad Request",
            Self::Forbidden => "403 Forbidden",
            Self::NotFound => "404 Not Found",
            Self::NotAllowed => "405 Method Not Allowed",
            Self::TooLarge => "431 Request Header Fields Too Large",
            Self::Misdirected => "421 Misdirected Request",
        }
    }
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    pub status: Status,
    pub kind: &'static str,
    /// What the page may do; nothing by default.
    pub policy: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// A page that may do nothing.
pub const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

impl Response {
    pub fn new(kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: Status::Ok, kind, policy: NOTHING.to_owned(), headers: Vec::new(), body: body.into() }
    }

    /// A refusal in one line.
    pub fn refused(status: Status, why: &str) -> Self {
        Self { status, ..Self::new("text/plain; charset=utf-8", format!("{why}\n")) }
    }

    /// Everything before the body. `length`: `None` for a stream without an end.
    pub fn head(&self, length: Option<usize>) -> String {
        let mut head = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Security-Policy: {}\r\nCache-Control: no-store\r\n\
             X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\nConnection: close\r\n",
            self.status.line(),
            self.kind,
            self.policy
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(length) = length {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str("\r\n");
        head
    }

    /// Sends all of it. A browser that went away is no error.
    pub async fn send(&self, stream: &mut (impl AsyncWrite + Unpin)) {
        let head = self.head(Some(self.body.len()));
        let sending = async {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&self.body).await?;
            stream.shutdown().await
        };
        let _ = tokio::time::timeout(PATIENCE, sending).await;
    }
}

/// Reads one request; `None`: nobody asked anything in time.
pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Result<Request, Status>> {
    let mut head = Vec::new();
    let reading = async {
        let mut part = [0; 2_048];
        loop {
            let read = stream.read(&mut part).await.ok()?;
            head.extend_from_slice(part.get(..read)?);
            if memchr::memmem::find(&head, b"\r\n\r\n").is_some() {
                return Some(true);
            }
            if read == 0 {
                return None;
            }
            if head.len() > HEAD {
                return Some(false);
            }
        }
    };
    let whole = tokio::time::timeout(PATIENCE, reading).await.ok().flatten()?;
    Some(if whole { parse(&head).ok_or(Status::Bad) } else { Err(Status::TooLarge) })
}

fn parse(head: &[u8]) -> Option<Request> {
    let mut room = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut room);
    if !matches!(parsed.parse(head), Ok(httparse::Status::Complete(_))) {
        return None;
    }
    // Only a path of this server: no address of another, no `*`.
    let target = parsed.path.filter(|path| path.starts_with('/'))?;
    let mut headers = BTreeMap::<String, Vec<String>>::new();
    for header in parsed.headers {
        let value = std::str::from_utf8(header.value).ok()?;
        headers.entry(header.name.to_ascii_lowercase()).or_default().push(value.trim().to_owned());
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Some(Request { method: parsed.method?.to_owned(), path: path.to_owned(), query, headers })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub fn request(text: &str) -> Request {
        parse(format!("{text}\r\n\r\n").as_bytes()).expect("is a request")
    }

    #[test]
    fn a_request_is_read_as_it_was_meant() {
        let asked = request("GET /a/b?q=%3Cb%3E+x&class=private HTTP/1.1\r\nHost: h:1\r\nCookie: a=1; mailglean=2");
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/a/b"));
        assert_eq!(asked.query["q"], "<b> x");
        assert_eq!(asked.header("host"), Ok(Some("h:1")));
        assert_eq!(asked.cookie("mailglean"), Some("2"));
        assert_eq!(request("GET / HTTP/1.1\r\nHost: a\r\nHost: b").header("host"), Err(Status::Bad));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_not_read() {
        for odd in [
            "GET  / HTTP/1.1",
            "GET / HTTP/2",
            "GET http://evil.example/ HTTP/1.1",
            "GET / HTTP/1.1\r\nHost : a",
            "GET / HTTP/1.1\r\n folded: a",
            "GET / HTTP/1.1\r\nA: b\nc",
            "GET",
            "",
        ] {
            assert_eq!(parse(format!("{odd}\r\n\r\n").as_bytes()), None, "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&[&bytes[..], b"\r\n\r\n"].concat());
        }
    }
}
