//! Decides how an HTTP connection is made and framed, and how much of an answer is taken: one request at a time, no
//! redirect, no compression, no cookie. What may be asked is decided by who asks.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use super::SourceError;
use super::imap::{Trust, handshake};
use crate::net::Egress;

/// An answer, whole.
pub(in crate::source) struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: Vec<u8>,
}

/// Bytes of an answer's head, and of a line of its framing.
const HEAD: usize = 64 << 10;
const LINE: usize = 8 << 10;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Why an exchange failed.
pub(in crate::source) enum Fault {
    Lost(io::Error),
    Slow,
    Protocol(&'static str),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}

impl Fault {
    /// The error that it is to whoever asked this host.
    pub(in crate::source) fn of(self, host: &str) -> SourceError {
        let host = host.to_owned();
        match self {
            Self::Lost(_) => SourceError::Lost { host },
            Self::Slow => SourceError::Unreachable { host, cause: io::Error::from(io::ErrorKind::TimedOut) },
            Self::Protocol(what) => SourceError::Protocol { host, what: what.to_owned() },
        }
    }
}

/// A connection, with what was read of it and not used yet.
pub(in crate::source) struct Connection {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
    /// How much of the buffer is used up.
    at: usize,
}

impl Connection {
    /// Connects, over TLS where it is `secure`; without it to this machine alone.
    pub(in crate::source) async fn open(
        egress: &Egress,
        (host, port): (&str, u16),
        secure: bool,
        trust: &Trust,
        patience: Duration,
    ) -> Result<Self, SourceError> {
        let unreachable = |cause| SourceError::Unreachable { host: host.to_owned(), cause };
        let stream = egress.connect(host, port, patience).await.map_err(unreachable)?;
        let stream: Box<dyn Stream> = if secure {
            Box::new(handshake(host, trust, patience, stream).await?.0)
        } else if stream.peer_addr().map_err(unreachable)?.ip().is_loopback() {
            Box::new(stream)
        } else {
            let what = "a connection without TLS is made to this machine alone".to_owned();
            return Err(SourceError::Tls { host: host.to_owned(), what });
        };
        Ok(Self { stream, buffer: Vec::new(), at: 0 })
    }

    /// Sends a request and reads the whole answer. Also tells whether the connection may be used again.
    pub(in crate::source) async fn exchange(
        &mut self,
        request: &[u8],
        limit: usize,
        patience: Duration,
    ) -> Result<(Answer, bool), Fault> {
        let work = async {
            self.stream.write_all(request).await?;
            self.stream.flush().await?;
            self.answer(limit).await
        };
        timeout(patience, work).await.unwrap_or(Err(Fault::Slow))
    }
}

/// How long a body is.
enum Length {
    Known(usize),
    Chunked,
    UntilClosed,
}

impl Connection {
    async fn answer(&mut self, limit: usize) -> Result<(Answer, bool), Fault> {
        for _ in 0..5 {
            let (mut answer, length, keep) = self.head().await?;
            if (100..200).contains(&answer.status) {
                continue;
            }
            let length = if answer.status == 204 || answer.status == 304 { Length::Known(0) } else { length };
            let keep = keep && !matches!(length, Length::UntilClosed);
            match length {
                Length::Known(length) => self.take(length, limit, &mut answer.body).await?,
                Length::Chunked => self.chunks(limit, &mut answer.body).await?,
                Length::UntilClosed => self.rest(limit, &mut answer.body).await?,
            }
            return Ok((answer, keep));
        }
        Err(Fault::Protocol("it goes on without an answer"))
    }

    async fn head(&mut self) -> Result<(Answer, Length, bool), Fault> {
        let end = loop {
            let seen = self.buffer.get(self.at..).unwrap_or_default();
            if let Some(end) = memchr::memmem::find(seen, b"\r\n\r\n") {
                break end + 4;
            }
            if seen.len() > HEAD {
                return Err(Fault::Protocol("the head of its answer is too long"));
            }
            self.fill().await?;
        };
        let head = self.buffer.get(self.at..self.at + end).unwrap_or_default();
        let mut headers = [httparse::EMPTY_HEADER; 128];
        let mut parsed = httparse::Response::new(&mut headers);
        if !parsed.parse(head).is_ok_and(|status| status.is_complete()) {
            return Err(Fault::Protocol("it does not speak HTTP"));
        }
        let status = parsed.code.unwrap_or_default();
        let mut length = Length::UntilClosed;
        let mut keep = parsed.version == Some(1);
        let mut location = None;
        for header in parsed.headers.iter() {
            let value = String::from_utf8_lossy(header.value);
            let value = value.trim();
            match header.name.to_ascii_lowercase().as_str() {
                "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => length = Length::Chunked,
                "transfer-encoding" => {
                    return Err(Fault::Protocol("its answer comes in an encoding that was not asked for"));
                }
                // Who says both means the other one (RFC 9112, 6.3).
                "content-length" if !matches!(length, Length::Chunked) => {
                    let known = value.parse().map_err(|_| Fault::Protocol("the length of its answer is no number"))?;
                    length = Length::Known(known);
                }
                "content-encoding" if !value.is_empty() && !value.eq_ignore_ascii_case("identity") => {
                    return Err(Fault::Protocol("its answer comes in an encoding that was not asked for"));
                }
                "connection" if value.eq_ignore_ascii_case("close") => keep = false,
                "location" => location = Some(value.to_owned()),
                _ => {}
            }
        }
        self.at += end;
        Ok((Answer { status, location, body: Vec::new() }, length, keep))
    }

    async fn chunks(&mut self, limit: usize, body: &mut Vec<u8>) -> Result<(), Fault> {
        loop {
            let line = self.line().await?;
            let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
            let size = std::str::from_utf8(digits).ok().filter(|digits| digits.len() <= 8);
            let size = size.and_then(|digits| usize::from_str_radix(digits, 16).ok());
            let Some(size) = size else { return Err(Fault::Protocol("the parts of its answer have no length")) };
            if size == 0 {
                break;
            }
            self.take(size, limit, body).await?;
            if !self.line().await?.is_empty() {
                return Err(Fault::Protocol("a part of its answer is longer than it says"));
            }
        }
        for _ in 0..100 {
            if self.line().await?.is_empty() {
                return Ok(());
            }
        }
        Err(Fault::Protocol("its answer does not end"))
    }

    async fn take(&mut self, mut size: usize, limit: usize, body: &mut Vec<u8>) -> Result<(), Fault> {
        if size > limit.saturating_sub(body.len()) {
            return Err(Fault::Protocol("its answer is larger than is read"));
        }
        while size > 0 {
            let ready = self.buffer.get(self.at..).unwrap_or_default();
            let part = ready.get(..size.min(ready.len())).unwrap_or_default();
            body.extend_from_slice(part);
            let taken = part.len();
            self.at += taken;
            size -= taken;
            if size > 0 {
                self.fill().await?;
            }
        }
        Ok(())
    }

    async fn rest(&mut self, limit: usize, body: &mut Vec<u8>) -> Result<(), Fault> {
        loop {
            let ready = self.buffer.len() - self.at;
            self.take(ready, limit, body).await?;
            match self.fill().await {
                Ok(()) => {}
                Err(Fault::Lost(error)) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// A line without its end.
    async fn line(&mut self) -> Result<Vec<u8>, Fault> {
        loop {
            let ready = self.buffer.get(self.at..).unwrap_or_default();
            if let Some(end) = memchr::memchr(b'\n', ready) {
                let line = ready.get(..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.at += end + 1;
                return Ok(line);
            }
            if ready.len() > LINE {
                return Err(Fault::Protocol("a line of its answer is too long"));
            }
            self.fill().await?;
        }
    }

    /// Reads some more; an end is an error here.
    async fn fill(&mut self) -> Result<(), Fault> {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        let before = self.buffer.len();
        self.buffer.reserve(16 << 10);
        let mut part = [0; 16 << 10];
        let read = self.stream.read(&mut part).await?;
        self.buffer.extend_from_slice(part.get(..read).unwrap_or_default());
        if self.buffer.len() == before {
            return Err(Fault::Lost(io::Error::from(io::ErrorKind::UnexpectedEof)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(text: &str, limit: usize) -> Result<(Answer, bool), Fault> {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        far.write_all(text.as_bytes()).await.expect("fits");
        drop(far);
        Connection { stream: Box::new(near), buffer: Vec::new(), at: 0 }.answer(limit).await
    }

    async fn body(text: &str) -> String {
        match answer(text, 100).await {
            Ok((answer, keep)) => format!("{} {} {keep}", answer.status, String::from_utf8_lossy(&answer.body)),
            Err(Fault::Protocol(what)) => what.to_owned(),
            Err(Fault::Lost(_)) => "lost".to_owned(),
            Err(Fault::Slow) => "slow".to_owned(),
        }
    }

    #[tokio::test]
    async fn answers_of_every_framing() {
        assert_eq!(body("HTTP/1.1 207 Multi\r\nContent-Length: 3\r\n\r\nabcd").await, "207 abc true");
        assert_eq!(
            body("HTTP/1.1 207\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n1\r\nc\r\n0\r\nT: x\r\n\r\n").await,
            "207 abc true"
        );
        assert_eq!(body("HTTP/1.1 200 OK\r\n\r\nabc").await, "200 abc false");
        assert_eq!(body("HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 204 None\r\nConnection: close\r\n\r\n").await, "204  false");
        assert_eq!(body("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx").await, "200 x false");
    }

    #[tokio::test]
    async fn answers_that_are_none() {
        assert_eq!(body("").await, "lost");
        assert_eq!(body("* OK IMAP4rev1\r\n\r\n").await, "it does not speak HTTP");
        assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n").await, "its answer is larger than is read");
        assert_eq!(
            body("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n").await,
            "the length of its answer is no number"
        );
        assert_eq!(
            body("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n").await,
            "its answer comes in an encoding that was not asked for"
        );
        assert_eq!(
            body(&format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(101))).await,
            "its answer is larger than is read"
        );
        let chunk = format!("32\r\n{}\r\n", "x".repeat(50));
        assert_eq!(
            body(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(3))).await,
            "its answer is larger than is read"
        );
        assert_eq!(
            body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").await,
            "the parts of its answer have no length"
        );
        assert_eq!(
            body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n").await,
            "the parts of its answer have no length"
        );
        assert_eq!(
            body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n").await,
            "a part of its answer is longer than it says"
        );
        assert_eq!(
            body(&format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(HEAD))).await,
            "the head of its answer is too long"
        );
        assert_eq!(body(&"HTTP/1.1 100 Go\r\n\r\n".repeat(6)).await, "it goes on without an answer");
        assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").await, "lost");
    }
}
