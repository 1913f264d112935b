//! Decides who may look at the local page: a browser of this machine that was given the one-time link, asking this
//! address and no other name for it. It listens on 127.0.0.1 alone, keeps nothing, and stops when nobody looks.

mod demo;
mod http;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::report::{Look, Query, Report, browse, page, story};
use http::{NOTHING, Request, Response, Status};

pub use demo::{Demo, Sample};

/// What is shown.
pub enum Site {
    /// A result, with search and filter.
    Result(Box<Report>, Look),
    Demo(Demo),
}

/// Connections at a time.
const AT_ONCE: usize = 32;

/// A page that can be opened.
pub struct Server {
    listener: TcpListener,
    guard: Arc<Guard>,
    site: Arc<Site>,
}

impl Server {
    /// Takes a free port of the loopback interface.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(site: Site) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let guard = Guard::new(listener.local_addr()?)?;
        Ok(Self { listener, guard: Arc::new(guard), site: Arc::new(site) })
    }

    /// The link for one browser, once.
    pub fn link(&self) -> String {
        format!("http://{}/open/{}", self.guard.host, self.guard.token)
    }

    /// Answers until nobody has asked for so long.
    pub async fn run(self, idle: Duration) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let left = idle.saturating_sub(self.guard.idle());
            let accepted = match tokio::time::timeout(left, self.listener.accept()).await {
                Ok(accepted) => accepted,
                Err(_) if self.guard.idle() >= idle => return,
                Err(_) => continue,
            };
            let Ok((stream, peer)) = accepted else {
                // Out of file handles, as a rule; they come back.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
            let (guard, site) = (Arc::clone(&self.guard), Arc::clone(&self.site));
            tokio::spawn(async move {
                answer(stream, peer, &guard, &site).await;
                drop(place);
            });
        }
    }
}

async fn answer(mut stream: TcpStream, peer: SocketAddr, guard: &Guard, site: &Site) {
    if !peer.ip().is_loopback() {
        return;
    }
    let Some(request) = http::read(&mut stream).await else { return };
    let response = match request.and_then(|request| guard.admit(&request).map(|welcome| (request, welcome))) {
        Ok((request, Welcome::In)) => match site {
            Site::Result(report, look) => result(report, *look, &request),
            Site::Demo(demo) => match demo.answer(&request) {
                demo::Answer::Whole(response) => response,
                demo::Answer::Stream => return demo.stream(&mut stream, || guard.seen()).await,
            },
        },
        Ok((_, Welcome::Begin(cookie))) => Response {
            status: Status::SeeOther,
            headers: vec![("Location", "/".into()), ("Set-Cookie", cookie)],
            ..Response::new("text/plain; charset=utf-8", "")
        },
        Err(status) => Response::refused(status, "open the link that mailglean printed; it works once, in one browser"),
    };
    response.send(&mut stream).await;
}

/// The pages over a result.
fn result(report: &Report, look: Look, request: &Request) -> Response {
    let text = |key: &str| request.query.get(key).map(String::as_str).unwrap_or_default();
    let shown = match request.path.as_str() {
        "/" => {
            let page = text("page").parse().unwrap_or(0);
            let query =
                Query { text: text("q"), class: text("class"), fate: text("fate"), channel: text("channel"), page };
            browse(report, look, &query)
        }
        "/report" => page(report, look),
        "/person" => match story(report, look, text("id")) {
            Some(story) => story,
            None => return Response::refused(Status::NotFound, "nobody has this id"),
        },
        _ => return Response::refused(Status::NotFound, "there is no such page"),
    };
    Response { policy: own_policy(&shown), ..Response::new("text/html; charset=utf-8", shown) }
}

/// What a page says of itself that it may do, for the header, where frames can be forbidden as well.
fn own_policy(page: &str) -> String {
    let said = page.split_once("Content-Security-Policy\" content=\"").and_then(|(_, rest)| rest.split_once('"'));
    said.map_or_else(|| NOTHING.to_owned(), |(policy, _)| format!("{policy}; frame-ancestors 'none'"))
}

/// Who comes in.
#[derive(Debug, PartialEq, Eq)]
enum Welcome {
    /// The link was followed: a cookie for what comes next.
    Begin(String),
    In,
}

struct Guard {
    /// The only name of this server: `127.0.0.1:port`. Any other is DNS that was bent to point here.
    host: String,
    token: String,
    session: String,
    begun: Mutex<bool>,
    last: Mutex<Instant>,
}

impl Guard {
    fn new(address: SocketAddr) -> std::io::Result<Self> {
        let (token, session) = (secret()?, secret()?);
        Ok(Self {
            host: address.to_string(),
            token,
            session,
            begun: Mutex::default(),
            last: Mutex::new(Instant::now()),
        })
    }

    fn admit(&self, request: &Request) -> Result<Welcome, Status> {
        if request.header("host")? != Some(&self.host) {
            return Err(Status::Misdirected);
        }
        if request.header("origin")?.is_some_and(|origin| origin != format!("http://{}", self.host)) {
            return Err(Status::Forbidden);
        }
        if request.header("sec-fetch-site")?.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
            return Err(Status::Forbidden);
        }
        if request.method != "GET" {
            return Err(Status::NotAllowed);
        }
        if let Some(token) = request.path.strip_prefix("/open/") {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            if *begun || !same(token, &self.token) {
                return Err(Status::Forbidden);
            }
            *begun = true;
            self.seen();
            let cookie = format!("mailglean={}; Path=/; HttpOnly; SameSite=Strict", self.session);
            return Ok(Welcome::Begin(cookie));
        }
        if !request.cookie("mailglean").is_some_and(|cookie| same(cookie, &self.session)) {
            return Err(Status::Forbidden);
        }
        self.seen();
        Ok(Welcome::In)
    }

    fn seen(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn idle(&self) -> Duration {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

/// 128 random bits.
fn secret() -> std::io::Result<String> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|_| std::io::Error::other("no randomness"))?;
    Ok(bits.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether two secrets are the same, in a time that tells nothing of where they differ.
fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a.as_bytes()) == Sha256::digest(b.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::http::tests::request;
    use super::*;

    fn guard() -> Guard {
        Guard::new("127.0.0.1:4321".parse().expect("an address")).expect("randomness")
    }

    fn ask(guard: &Guard, path: &str, headers: &str) -> Result<Welcome, Status> {
        guard.admit(&request(&format!("GET {path} HTTP/1.1\r\n{headers}")))
    }

    #[test]
    fn the_link_works_once() {
        let guard = guard();
        let link = format!("/open/{}", guard.token);
        let host = "Host: 127.0.0.1:4321";
        assert_eq!(ask(&guard, "/", host), Err(Status::Forbidden));
        assert_eq!(ask(&guard, "/open/0123", host), Err(Status::Forbidden));
        let Ok(Welcome::Begin(cookie)) = ask(&guard, &link, host) else { panic!("the link is refused") };
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
        assert_eq!(ask(&guard, &link, host), Err(Status::Forbidden));
        let cookie = cookie.split(';').next().expect("a pair");
        assert_eq!(ask(&guard, "/", &format!("{host}\r\nCookie: {cookie}")), Ok(Welcome::In));
        assert_eq!(ask(&guard, "/", &format!("{host}\r\nCookie: {cookie}0")), Err(Status::Forbidden));
    }

    #[test]
    fn other_names_other_pages_and_other_methods_are_refused() {
        let guard = guard();
        let cookie = format!("Cookie: mailglean={}", guard.session);
        let refused = [
            ("Host: rebound.example:4321", Status::Misdirected),
            ("Host: localhost:4321", Status::Misdirected),
            ("X: y", Status::Misdirected),
            ("Host: 127.0.0.1:4321\r\nHost: evil.example", Status::Bad),
            ("Host: 127.0.0.1:4321\r\nOrigin: http://evil.example", Status::Forbidden),
            ("Host: 127.0.0.1:4321\r\nOrigin: null", Status::Forbidden),
            ("Host: 127.0.0.1:4321\r\nSec-Fetch-Site: cross-site", Status::Forbidden),
        ];
        for (headers, status) in refused {
            assert_eq!(ask(&guard, "/", &format!("{headers}\r\n{cookie}")), Err(status), "{headers}");
        }
        let post = request(&format!("POST / HTTP/1.1\r\nHost: 127.0.0.1:4321\r\n{cookie}"));
        assert_eq!(guard.admit(&post), Err(Status::NotAllowed));
    }

    #[test]
    fn a_page_keeps_its_own_policy_and_no_frame() {
        let page = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">";
        assert_eq!(own_policy(page), "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(own_policy("no policy"), NOTHING);
    }
}
