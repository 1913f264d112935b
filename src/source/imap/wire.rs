//! The stream between TLS and the IMAP engine: it frames what comes in, bounds it in size and time, hands over one
//! complete response at a time, and lets nothing out that the gate does not pass.
//!
//! The engine (async-imap) numbers and writes the commands and leads through the login. What it would make of a
//! response is never used: it takes a refused FETCH for an empty one, parses with recursion without a bound, and
//! allocates what a server announces. So it gets to see nothing but continuation requests and the bare status of
//! tagged answers, and only while it logs in; all data goes past it through [`Wire::next`].

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};
use zeroize::{Zeroize, Zeroizing};

use super::gate::Gate;

/// Whatever carries the bytes: TCP, or TLS over it.
pub(super) trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Carrier for T {}

/// What ends a connection. No text of the server in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("the connection was lost")]
    Lost,
    #[error("nothing came in time")]
    Slow,
    #[error("{0}")]
    Protocol(&'static str),
    #[error("a command that is not on the list of harmless ones was kept back")]
    KeptBack,
}

/// What a server may send before it is no longer listened to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The largest literal.
    pub literal: u64,
    /// The largest response outside its literals; one that is larger is dropped.
    pub line: usize,
    /// As above for lists of numbers, which are honestly long.
    pub numbers: usize,
    /// How long nothing may come while something is awaited.
    pub idle: Duration,
    /// How long one response may take, however steadily it drips.
    pub response: Duration,
}

/// After this much of one overlong line nobody waits for its end.
const HOPELESS: usize = 64 << 20;
/// Literals in one response; a message has a few dozen parts, not more.
const LITERALS: u32 = 2_000;
/// What a login asks; every mechanism here is done after two.
const CHALLENGES: u32 = 8;
/// The step in which buffers grow and the network is read.
const STEP: usize = 64 << 10;

/// One response of the server, whole, with its literals in place.
#[derive(Default)]
pub(super) struct Response {
    pub bytes: Vec<u8>,
    /// It was larger than the bounds allow and its bytes were dropped.
    pub dropped: bool,
}

/// See the module.
pub(super) struct Wire {
    carrier: Box<dyn Carrier>,
    bounds: Bounds,
    gate: Gate,
    inflate: Option<Inflate>,
    deflate: Option<Compress>,
    /// Bytes received (after decompression) that are in no frame yet: `input[start..end]`.
    input: Box<[u8]>,
    start: usize,
    end: usize,
    frame: Frame,
    timer: Pin<Box<Sleep>>,
    waiting: bool,
    /// The line being written, until its CRLF.
    line: Vec<u8>,
    /// Lines that passed the gate and are not yet sent.
    outgoing: Vec<u8>,
    sent: usize,
    /// What the engine has not yet taken of the response that is being handed to it.
    handover: Vec<u8>,
    /// The tagged answer that the engine was shown the bare status of.
    tagged: Option<Response>,
    /// Untagged responses that came while the engine logged in.
    untagged: Vec<Response>,
    /// How often the server asked on while the engine logged in.
    challenges: u32,
    /// Bytes received from the carrier.
    received: u64,
}

struct Inflate {
    state: Decompress,
    raw: Box<[u8]>,
    start: usize,
    end: usize,
}

/// A response while it is coming in.
#[derive(Default)]
struct Frame {
    response: Response,
    /// Where the current line begins in `response.bytes`.
    line: usize,
    /// Bytes outside literals so far, kept or not.
    outside: usize,
    literal: u64,
    literals: u32,
    /// Whether a literal may stand in it; known from its first words.
    text: Option<bool>,
    /// The last bytes of the current line, for a response that is not kept.
    tail: Vec<u8>,
    deadline: Option<Instant>,
}

impl Wire {
    pub(super) fn new(carrier: Box<dyn Carrier>, bounds: Bounds, gate: Gate) -> Self {
        Self {
            carrier,
            bounds,
            gate,
            inflate: None,
            deflate: None,
            input: vec![0; STEP].into_boxed_slice(),
            start: 0,
            end: 0,
            frame: Frame::default(),
            timer: Box::pin(sleep(bounds.idle)),
            waiting: false,
            line: Vec::new(),
            outgoing: Vec::new(),
            sent: 0,
            handover: Vec::new(),
            tagged: None,
            untagged: Vec::new(),
            challenges: 0,
            received: 0,
        }
    }

    /// The verbs that went out, with their number.
    pub(super) fn commands(&self) -> &BTreeMap<String, u64> {
        self.gate.commands()
    }

    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Whether bytes have come that no response accounts for.
    pub(super) fn has_leftover(&self) -> bool {
        self.start < self.end || !self.frame.response.bytes.is_empty() || self.frame.outside > 0
    }

    pub(super) fn into_carrier(self) -> Box<dyn Carrier> {
        self.carrier
    }

    /// The next response. What has come of one survives when the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Response, Fault> {
        std::future::poll_fn(|cx| self.poll_frame(cx)).await
    }

    /// Sends what passed the gate.
    pub(super) async fn send(&mut self, line: &[u8]) -> Result<(), Fault> {
        use tokio::io::AsyncWriteExt;
        let result = async {
            self.write_all(line).await?;
            self.write_all(b"\r\n").await?;
            self.flush().await
        };
        result.await.map_err(|error| fault_of(&error))
    }

    /// From here on both directions are compressed.
    pub(super) fn compress(&mut self) {
        // What came with the answer is already compressed.
        let mut raw = vec![0; STEP].into_boxed_slice();
        let rest = self.input.get(self.start..self.end).unwrap_or_default();
        if let Some(room) = raw.get_mut(..rest.len()) {
            room.copy_from_slice(rest);
        }
        let end = rest.len();
        self.start = 0;
        self.end = 0;
        self.inflate = Some(Inflate { state: Decompress::new(false), raw, start: 0, end });
        self.deflate = Some(Compress::new(Compression::default(), false));
    }

    pub(super) fn take_tagged(&mut self) -> Option<Response> {
        self.tagged.take()
    }

    pub(super) fn take_untagged(&mut self) -> Vec<Response> {
        std::mem::take(&mut self.untagged)
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response, Fault>> {
        loop {
            if self.start == self.end {
                match self.poll_input(cx) {
                    Poll::Ready(result) => {
                        self.waiting = false;
                        result?;
                    }
                    Poll::Pending => return self.poll_patience(cx),
                }
            }
            if self.frame.deadline.is_none() {
                self.frame.deadline = Some(Instant::now() + self.bounds.response);
            }
            let fresh = self.input.get(self.start..self.end).unwrap_or_default();
            let (used, done) = self.frame.take(fresh, &self.bounds)?;
            self.start += used;
            if done {
                let frame = std::mem::take(&mut self.frame);
                let response = frame.response;
                if let Some(tag) = response.tag()
                    && !self.gate.answered(tag, response.status().map_or("?", Answer::word), response.code().as_deref())
                {
                    return Poll::Ready(Err(Fault::Protocol("it answered a command that was not sent")));
                }
                return Poll::Ready(Ok(response));
            }
            if self.frame.deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Poll::Ready(Err(Fault::Slow));
            }
        }
    }

    /// Nothing has come: is there patience left?
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response, Fault>> {
        if !self.waiting {
            self.waiting = true;
            let idle = Instant::now() + self.bounds.idle;
            let until = self.frame.deadline.map_or(idle, |deadline| deadline.min(idle));
            self.timer.as_mut().reset(until);
        }
        ready!(self.timer.as_mut().poll(cx));
        self.waiting = false;
        Poll::Ready(Err(Fault::Slow))
    }

    /// Fills the input buffer, which is empty.
    fn poll_input(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        self.start = 0;
        self.end = 0;
        let Some(inflate) = &mut self.inflate else {
            let count = ready!(poll_read(&mut self.carrier, cx, &mut self.input))?;
            self.received = self.received.saturating_add(count as u64);
            self.end = count;
            return Poll::Ready(Ok(()));
        };
        loop {
            let raw = inflate.raw.get(inflate.start..inflate.end).unwrap_or_default();
            let (before_in, before_out) = (inflate.state.total_in(), inflate.state.total_out());
            // Even without new input: what did not fit into the last buffer is still inside.
            let status = inflate.state.decompress(raw, &mut self.input, FlushDecompress::Sync);
            inflate.start += usize::try_from(inflate.state.total_in() - before_in).unwrap_or(usize::MAX);
            self.end = usize::try_from(inflate.state.total_out() - before_out).unwrap_or(0);
            match status {
                _ if self.end > 0 => return Poll::Ready(Ok(())),
                Ok(Status::StreamEnd) => return Poll::Ready(Err(Fault::Lost)),
                Err(_) => return Poll::Ready(Err(Fault::Protocol("its compressed data are broken"))),
                Ok(_) if inflate.start < inflate.end => {}
                Ok(_) => {
                    inflate.start = 0;
                    inflate.end = 0;
                    let count = ready!(poll_read(&mut self.carrier, cx, &mut inflate.raw))?;
                    self.received = self.received.saturating_add(count as u64);
                    inflate.end = count;
                }
            }
        }
    }

    fn poll_outgoing(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.outgoing.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match Pin::new(&mut self.carrier).poll_write(cx, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::Error::from(io::ErrorKind::WriteZero))),
                Poll::Ready(Ok(count)) => {
                    self.sent += count;
                    self.waiting = false;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    // A server that does not read must not hold us for ever.
                    return match ready!(self.poll_patience(cx)) {
                        Err(fault) => Poll::Ready(Err(io::Error::other(fault))),
                        Ok(_) => Poll::Pending,
                    };
                }
            }
        }
        // A password may have been among it.
        self.outgoing.zeroize();
        self.sent = 0;
        Pin::new(&mut self.carrier).poll_flush(cx)
    }

    /// Takes a finished line to the gate, and on to what is sent.
    fn pass_line(&mut self) -> Result<(), Fault> {
        let line = Zeroizing::new(std::mem::take(&mut self.line));
        let command = line.strip_suffix(b"\r\n").unwrap_or(&line);
        self.gate.pass(command).map_err(|_| Fault::KeptBack)?;
        match &mut self.deflate {
            None => self.outgoing.extend_from_slice(&line),
            Some(deflate) => squeeze(deflate, &line, &mut self.outgoing)?,
        }
        Ok(())
    }

    /// Prepares what the engine may see of a response; nothing for untagged ones.
    fn hand_over(&mut self, response: Response) -> Result<(), Fault> {
        // A login is a handful of lines. More than this is a server that talks without end.
        const CHATTER: usize = 1_000;
        if let Some(tag) = response.tag() {
            let status = match response.status() {
                Some(Answer::Ok) => "OK",
                Some(Answer::No) => "NO",
                _ => "BAD",
            };
            self.handover = format!("{tag} {status} .\r\n").into_bytes();
            self.tagged = Some(response);
        } else if response.bytes.starts_with(b"+") {
            let challenge = response.bytes.get(1..).unwrap_or_default().trim_ascii();
            self.challenges += 1;
            if self.challenges > CHALLENGES {
                return Err(Fault::Protocol("its questions at login do not end"));
            }
            let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
            if challenge.len() > 12_288 || !challenge.iter().all(is_base64) {
                return Err(Fault::Protocol("its challenge at login is not base64"));
            }
            self.handover = [b"+ ", challenge, b"\r\n"].concat();
        } else {
            if self.untagged.len() >= CHATTER {
                return Err(Fault::Protocol("it talks without end"));
            }
            self.untagged.push(response);
        }
        Ok(())
    }
}

impl Frame {
    /// Takes from `fresh` what belongs to this response: how much that was, and whether the response is complete.
    fn take(&mut self, fresh: &[u8], bounds: &Bounds) -> Result<(usize, bool), Fault> {
        if self.literal > 0 {
            let count = fresh.len().min(usize::try_from(self.literal).unwrap_or(usize::MAX));
            if !self.response.dropped {
                self.response.bytes.extend_from_slice(fresh.get(..count).unwrap_or_default());
                self.line = self.response.bytes.len();
            }
            self.literal -= count as u64;
            return Ok((count, false));
        }
        let end = memchr::memchr(b'\n', fresh);
        let count = end.map_or(fresh.len(), |at| at + 1);
        let piece = fresh.get(..count).unwrap_or_default();
        self.outside += count;
        if self.outside > HOPELESS {
            return Err(Fault::Protocol("it sends a line without end"));
        }
        if !self.response.dropped {
            self.response.bytes.extend_from_slice(piece);
            let numbers = ["* SEARCH", "* ESEARCH", "* VANISHED"];
            let start = self.response.bytes.get(..10).unwrap_or_default();
            let allowed =
                if numbers.iter().any(|word| starts_with(start, word)) { bounds.numbers } else { bounds.line };
            if self.outside > allowed {
                self.response.dropped = true;
                self.text = Some(self.is_text());
                self.response.bytes = Vec::new();
            }
        }
        // A literal's announcement may arrive in two pieces: its end has to be seen as one.
        self.tail.extend_from_slice(piece.get(piece.len().saturating_sub(32)..).unwrap_or_default());
        let surplus = self.tail.len().saturating_sub(32);
        self.tail.drain(..surplus);
        if end.is_none() {
            return Ok((count, false));
        }
        let tail = std::mem::take(&mut self.tail);
        let text = match self.text {
            Some(text) => text,
            None => self.is_text(),
        };
        self.text = Some(text);
        let announced = if text { None } else { literal(&tail)? };
        let Some(announced) = announced else { return Ok((count, true)) };
        self.literals += 1;
        if announced > bounds.literal {
            return Err(Fault::Protocol("it announced more data than was asked for"));
        }
        if self.literals > LITERALS {
            return Err(Fault::Protocol("it sends pieces without end"));
        }
        let total = self.response.bytes.len() as u64 + announced;
        if total > bounds.literal.saturating_add(bounds.line as u64) {
            return Err(Fault::Protocol("it sent more data than was asked for"));
        }
        self.literal = announced;
        self.line = self.response.bytes.len();
        Ok((count, false))
    }

    /// Whether the rest of the response is text for people, in which braces mean nothing.
    fn is_text(&self) -> bool {
        let bytes = self.response.bytes.as_slice();
        if bytes.starts_with(b"+") || self.response.tag().is_some() {
            return true;
        }
        ["* OK", "* NO", "* BAD", "* BYE", "* PREAUTH"].iter().any(|word| starts_with(bytes, word))
    }
}

/// The size that the end of a line announces: `{12}`, `{12+}`.
fn literal(line: &[u8]) -> Result<Option<u64>, Fault> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let Some(inside) = line.strip_suffix(b"}") else { return Ok(None) };
    let Some(open) = memchr::memrchr(b'{', inside) else { return Ok(None) };
    let digits = inside.get(open + 1..).unwrap_or_default();
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Ok(None);
    }
    let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    number.map(Some).ok_or(Fault::Protocol("it announced more data than was asked for"))
}

/// A tagged answer's or a greeting's first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Ok,
    No,
    Bad,
    Bye,
    Preauth,
}

impl Answer {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::No => "NO",
            Self::Bad => "BAD",
            Self::Bye => "BYE",
            Self::Preauth => "PREAUTH",
        }
    }
}

impl Response {
    /// The tag, if this is the answer to a command.
    pub(super) fn tag(&self) -> Option<&str> {
        let first = self.words().next()?;
        let is_tag = !first.is_empty() && first.iter().all(u8::is_ascii_alphanumeric);
        if is_tag { std::str::from_utf8(first).ok() } else { None }
    }

    /// The status, of a tagged answer or an untagged one.
    pub(super) fn status(&self) -> Option<Answer> {
        let word = self.words().nth(1)?;
        let known = [
            ("OK", Answer::Ok),
            ("NO", Answer::No),
            ("BAD", Answer::Bad),
            ("BYE", Answer::Bye),
            ("PREAUTH", Answer::Preauth),
        ];
        known.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes())).map(|(_, answer)| *answer)
    }

    /// What stands in the brackets after the status, in upper case: `READ-ONLY`, `CAPABILITY IMAP4REV1 ...`.
    pub(super) fn code(&self) -> Option<String> {
        let line = self.bytes.as_slice();
        let open = line.iter().position(|byte| *byte == b'[')?;
        // Only directly after the status, not somewhere in its text.
        let before = line.get(..open)?;
        if before.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count() != 2 {
            return None;
        }
        let rest = line.get(open + 1..)?;
        let close = rest.iter().position(|byte| *byte == b']')?;
        Some(String::from_utf8_lossy(rest.get(..close)?).to_ascii_uppercase())
    }

    fn words(&self) -> impl Iterator<Item = &[u8]> {
        let line = self.bytes.trim_ascii_end();
        line.split(|byte| *byte == b' ')
    }
}

fn starts_with(bytes: &[u8], word: &str) -> bool {
    bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

fn poll_read(carrier: &mut Box<dyn Carrier>, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<Result<usize, Fault>> {
    let mut buffer = ReadBuf::new(into);
    match ready!(Pin::new(carrier).poll_read(cx, &mut buffer)) {
        Ok(()) if buffer.filled().is_empty() => Poll::Ready(Err(Fault::Lost)),
        Ok(()) => Poll::Ready(Ok(buffer.filled().len())),
        Err(_) => Poll::Ready(Err(Fault::Lost)),
    }
}

fn squeeze(deflate: &mut Compress, line: &[u8], outgoing: &mut Vec<u8>) -> Result<(), Fault> {
    let mut rest = line;
    loop {
        outgoing.reserve(line.len() + 64);
        let before = deflate.total_in();
        let room = outgoing.capacity();
        deflate.compress_vec(rest, outgoing, FlushCompress::Sync).map_err(|_| Fault::Protocol("compression failed"))?;
        let used = usize::try_from(deflate.total_in() - before).unwrap_or(usize::MAX);
        rest = rest.get(used..).unwrap_or_default();
        // A flush is complete when it did not fill the room it had.
        if rest.is_empty() && outgoing.len() < room {
            return Ok(());
        }
    }
}

/// What an error of the stream stands for; faults travel through the engine inside an `io::Error`.
pub(super) fn fault_of(error: &io::Error) -> Fault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>());
    inner.copied().unwrap_or(Fault::Lost)
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.handover.is_empty() {
            match ready!(this.poll_frame(cx)) {
                Ok(response) => this.hand_over(response).map_err(io::Error::other)?,
                Err(fault) => return Poll::Ready(Err(io::Error::other(fault))),
            }
        }
        let count = into.remaining().min(this.handover.len());
        into.put_slice(this.handover.get(..count).unwrap_or_default());
        this.handover.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        for byte in bytes {
            this.line.push(*byte);
            if this.line.ends_with(b"\r\n") {
                this.pass_line().map_err(io::Error::other)?;
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_outgoing(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_outgoing(cx))?;
        Pin::new(&mut this.carrier).poll_shutdown(cx)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire(..)")
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    fn wire(literal: u64) -> (Wire, DuplexStream) {
        let (ours, theirs) = duplex(1 << 16);
        let idle = Duration::from_millis(300);
        let bounds = Bounds { literal, line: 1_000, numbers: 10_000, idle, response: Duration::from_secs(5) };
        (Wire::new(Box::new(ours), bounds, Gate::default()), theirs)
    }

    /// What the wire makes of these bytes, until it ends; they come in pieces of this size.
    async fn heard(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, Fault) {
        let (mut wire, mut peer) = wire(100);
        let bytes = bytes.to_vec();
        tokio::spawn(async move {
            for piece in bytes.chunks(piece) {
                if peer.write_all(piece).await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
        let mut responses = Vec::new();
        loop {
            match wire.next().await {
                Ok(response) => responses.push(response.bytes),
                Err(fault) => return (responses, fault),
            }
        }
    }

    #[tokio::test]
    async fn responses_come_whole_however_they_arrive() {
        let text = b"* OK {3}\r\n* 1 FETCH (BODY[] {5}\r\n)\r\n\xff {9+} X {0}\r\n)\r\n\n* BYE\n";
        // The braces of a text for people announce nothing; those of data do.
        let expected: [&[u8]; 4] =
            [b"* OK {3}\r\n", b"* 1 FETCH (BODY[] {5}\r\n)\r\n\xff {9+} X {0}\r\n)\r\n", b"\n", b"* BYE\n"];
        for piece in [1, 2, 3, 7, 1_000] {
            assert_eq!(heard(text, piece).await, (expected.map(<[u8]>::to_vec).to_vec(), Fault::Lost), "{piece}");
        }
    }

    #[tokio::test]
    async fn nothing_larger_than_agreed_is_waited_for() {
        for text in
            ["* 1 FETCH (BODY[] {101}\r\n", "* LIST () \"/\" {4294967295}\r\n", "* X {99999999999999999999}\r\n"]
        {
            assert!(matches!(heard(text.as_bytes(), 50).await, (_, Fault::Protocol(_))), "{text}");
        }
        let long = format!("* X {}\r\n* OK\r\n", "y".repeat(5_000));
        let (responses, fault) = heard(long.as_bytes(), 64).await;
        assert_eq!(
            (responses, fault),
            (vec![Vec::new(), b"* OK\r\n".to_vec()], Fault::Lost),
            "dropped, and in step again"
        );
        assert!(matches!(heard(b"A7 OK\r\n", 9).await, (_, Fault::Protocol(_))), "nobody asked");
    }

    #[tokio::test]
    async fn silence_ends_it() {
        let (mut wire, mut peer) = wire(100);
        peer.write_all(b"* 1 FETCH (BODY[] {50}\r\nhalf").await.unwrap();
        assert_eq!(wire.next().await.err(), Some(Fault::Slow));
    }

    #[tokio::test]
    async fn a_command_that_writes_does_not_reach_the_line() {
        let (mut wire, mut peer) = wire(100);
        assert_eq!(wire.send(b"A1 UID STORE 1 +FLAGS (\\Seen)").await, Err(Fault::KeptBack));
        assert_eq!(wire.send(b"A2 NOOP").await, Ok(()));
        drop(wire);
        let mut sent = String::new();
        peer.read_to_string(&mut sent).await.unwrap();
        assert_eq!(sent, "A2 NOOP\r\n");
    }

    #[tokio::test]
    async fn a_compressed_line_without_end_is_not_kept() {
        let (mut wire, mut peer) = wire(100);
        wire.compress();
        tokio::spawn(async move {
            let mut deflate = Compress::new(Compression::best(), false);
            let bomb = vec![b'x'; 1 << 20];
            loop {
                let mut out = Vec::new();
                squeeze(&mut deflate, &bomb, &mut out).unwrap();
                if peer.write_all(&out).await.is_err() {
                    return;
                }
            }
        });
        // Too much of it or too long, whichever comes first on the machine at hand.
        assert!(matches!(wire.next().await, Err(Fault::Protocol(_) | Fault::Slow)));
        assert!(wire.frame.response.bytes.capacity() < 1 << 20);
    }

    #[tokio::test]
    async fn both_ways_are_compressed() {
        let (mut wire, mut peer) = wire(100);
        wire.compress();
        wire.send(b"A1 NOOP").await.unwrap();
        let mut raw = [0; 100];
        let count = peer.read(&mut raw).await.unwrap();
        let mut plain = Vec::with_capacity(100);
        Decompress::new(false).decompress_vec(&raw[..count], &mut plain, FlushDecompress::Sync).unwrap();
        assert_eq!(plain, b"A1 NOOP\r\n");
        let mut answer = Vec::new();
        squeeze(&mut Compress::new(Compression::fast(), false), b"* OK\r\nA1 OK\r\n", &mut answer).unwrap();
        peer.write_all(&answer).await.unwrap();
        assert_eq!(wire.next().await.unwrap().bytes, b"* OK\r\n");
        assert_eq!(wire.next().await.unwrap().tag(), Some("A1"));
    }
}
