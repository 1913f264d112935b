//! Access tokens with a client id of the user's own: against a token server that says what the test wants.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mailglean::demo::{Act, Script};
use mailglean::source::imap::Trust;
use mailglean::source::oauth::{Ask, Flow, OAuth, OAuthError, Settings};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::common::{OWNER, Program, Run, Served};
use crate::mail::letter;

/// A form as it came: path, fields.
type Asked = (String, Vec<(String, String)>);

/// A token server in clear on this machine.
struct Provider {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Provider {
    /// `answer` is given the path, the fields and how many questions came before.
    fn start(answer: impl Fn(&str, &dyn Fn(&str) -> String, usize) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some((path, fields)) = request(&mut stream) else { continue };
                let before = log.lock().unwrap().len();
                let get = |name: &str| {
                    fields.iter().find(|(key, _)| key == name).map_or_else(String::new, |(_, value)| value.clone())
                };
                let (status, body) = answer(&path, &get, before);
                log.lock().unwrap().push((path, fields));
                let head = format!(
                    "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes());
            }
        });
        Self { port, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// What was asked, as `path grant`.
    fn grants(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let grant = |fields: &[(String, String)]| {
            fields.iter().find(|(key, _)| key == "grant_type").map_or_else(String::new, |(_, value)| value.clone())
        };
        asked.iter().map(|(path, fields)| format!("{path} {}", grant(fields)).trim().to_owned()).collect()
    }
}

fn request(stream: &mut TcpStream) -> Option<Asked> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut seen = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&seen).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "))?.parse::<usize>().ok()?;
            if body.len() >= length {
                let mut words = head.split(' ');
                assert_eq!(words.next(), Some("POST"));
                let path = words.next()?.to_owned();
                return Some((path, url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()));
            }
        }
        let mut part = [0; 4096];
        let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
        seen.extend_from_slice(&part[..read]);
    }
}

const DEVICE: &str = r#"{"device_code": "d-1", "user_code": "ABCD-EFGH", "verification_uri": "https://id.firm.example/device", "expires_in": 60, "interval": 1}"#;

fn grant(token: &str, refresh: &str) -> (u16, String) {
    (
        200,
        format!(
            r#"{{"access_token": "{token}", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "{refresh}"}}"#
        ),
    )
}

fn refuse(code: &str) -> (u16, String) {
    (400, format!(r#"{{"error": "{code}", "error_description": "ann@firm.example may not"}}"#))
}

fn served() -> Served {
    let mut mailbox = mailglean::demo::Mailbox::default();
    let text = letter(1, "Rosa <rosa@ewetel.net>", OWNER, "", "Bis bald\n");
    mailbox.add("INBOX", mailglean::message::FolderKind::Inbox, vec![(text, 1_740_960_000)]);
    Served::new(mailbox)
}

/// Audits with a configuration that has these lines under `oauth:`.
fn audit(program: &Program, served: &Served, provider: &Provider, more: &str) -> Run {
    let ca = served.dir.path().join("ca.pem");
    let yaml = format!(
        "accounts:\n  work:\n    host: localhost\n    port: {}\n    user: {}\n    ca: {}\n    oauth:\n      client_id: our-client\n      \
         device_url: {}\n      token_url: {}\n      scope: mail offline_access\n{more}",
        served.running.tls.port(),
        served.running.user,
        ca.display(),
        provider.url("device"),
        provider.url("token"),
    );
    fs::write(program.path("config.yaml"), yaml).unwrap();
    program.audit(&["--config", "config.yaml", "work", "--overwrite"])
}

#[test]
fn a_person_says_yes_once_and_is_asked_again_when_it_was_taken_back() {
    let (served, program) = (served(), Program::new());
    let token = served.running.token.clone();
    let provider = Provider::start(move |path, field, before| match (path, field("grant_type").as_str()) {
        ("/device", _) => (200, DEVICE.to_owned()),
        (_, "refresh_token") if before < 6 => grant(&token, "r-2"),
        (_, "refresh_token") => refuse("invalid_grant"),
        // Nobody has said yes yet.
        _ if before == 1 => refuse("authorization_pending"),
        _ => grant(&token, if before < 6 { "r-1" } else { "r-3" }),
    });
    let keep = "      refresh_token_command: [cat, kept]\n      store_command: [sh, -c, 'cat > kept']\n";
    let first = audit(&program, &served, &provider, keep).exits(0);
    assert!(first.stderr.contains("open https://id.firm.example/device on any device and enter the code ABCD-EFGH"));
    assert_eq!(fs::read_to_string(program.path("kept")).unwrap(), "r-1\n");
    let device = "/token urn:ietf:params:oauth:grant-type:device_code";
    assert_eq!(provider.grants(), ["/device", device, device]);
    {
        let asked = provider.asked.lock().unwrap();
        let field = |at: usize, name: &str| asked[at].1.iter().find(|(key, _)| key == name).unwrap().1.clone();
        assert_eq!(
            (field(0, "client_id"), field(0, "scope")),
            ("our-client".to_owned(), "mail offline_access".to_owned())
        );
        assert_eq!((field(1, "client_id"), field(1, "device_code")), ("our-client".to_owned(), "d-1".to_owned()));
    }
    // Every host that was connected to stands in the result.
    let hosts = first.report()["reading"]["hosts"].as_array().unwrap().clone();
    let places = [format!("127.0.0.1:{}", provider.port), format!("localhost:{}", served.running.tls.port())];
    assert_eq!(hosts, places.map(serde_json::Value::from));
    let whole = first.report().to_string();
    assert!(!whole.contains("r-1") && !whole.contains(&served.running.token) && !first.stderr.contains("r-1"));

    let second = audit(&program, &served, &provider, keep).exits(0);
    assert!(!second.stderr.contains("enter the code"), "{}", second.stderr);
    assert_eq!(provider.grants()[3..], ["/token refresh_token"]);
    assert_eq!(fs::read_to_string(program.path("kept")).unwrap(), "r-2\n", "a new one replaces the old one");
    audit(&program, &served, &provider, keep).exits(0);
    audit(&program, &served, &provider, keep).exits(0);

    let again = audit(&program, &served, &provider, keep).exits(0);
    assert!(again.stderr.contains("enter the code"), "{}", again.stderr);
    assert_eq!(provider.grants()[6..], ["/token refresh_token", "/device", device]);
    assert_eq!(fs::read_to_string(program.path("kept")).unwrap(), "r-3\n");
}

#[test]
fn a_refusal_says_what_to_do_and_nothing_of_the_servers_text() {
    let (served, program) = (served(), Program::new());
    for (code, hint) in [("access_denied", "say yes"), ("invalid_client", "client_id"), ("some thing!", "registration")]
    {
        let provider = Provider::start(move |path, _, _| match path {
            "/device" if code == "access_denied" => (200, DEVICE.to_owned()),
            _ => refuse(code),
        });
        let run = audit(&program, &served, &provider, "").refused(77);
        assert!(
            run.stderr.contains(hint) && !run.stderr.contains("ann@firm") && !run.stderr.contains("thing!"),
            "{}",
            run.stderr
        );
    }
    let provider = Provider::start(|_, _, _| (200, "<html>log in</html>".to_owned()));
    let run = audit(&program, &served, &provider, "").refused(77);
    assert!(run.stderr.contains("something else than a token"), "{}", run.stderr);
    // A server that cannot be asked is an error of its own.
    let run = audit(&program, &served, &Provider { port: crate::common::free_port(), asked: Arc::default() }, "");
    run.refused(69);
}

/// A server on which the token has run out when the connection is lost, after a first folder; `times`: how often a login
/// is refused then.
fn expiring(times: u64) -> Served {
    let refuse = || Act::answer("NO [AUTHENTICATIONFAILED] Invalid credentials");
    let bye = Act::Close(b"* BYE Session expired, please log in again.\r\n".to_vec());
    let script = (0..times)
        .fold(Script::default().on("EXAMINE", 2, bye), |script, n| script.on("AUTHENTICATE", 2 + n, refuse()));
    Served::scripted(crate::mail::mailbox(), script)
}

#[test]
fn a_token_that_runs_out_is_renewed_behind_the_walls() {
    let (served, program) = (expiring(1), Program::new());
    let token = served.running.token.clone();
    let provider = Provider::start(move |path, field, before| match (path, field("grant_type").as_str()) {
        ("/device", _) => (200, DEVICE.to_owned()),
        (_, "refresh_token") => grant(&token, &format!("r-{before}")),
        _ => grant(&token, "r-1"),
    });
    let run = audit(&program, &served, &provider, "").exits(0);
    assert_eq!(
        provider.grants(),
        ["/device", "/token urn:ietf:params:oauth:grant-type:device_code", "/token refresh_token"]
    );
    assert_eq!((run.report()["complete"].as_bool(), run.report()["coverage"]["read"].as_u64()), (Some(true), Some(4)));
    assert!(run.stderr.contains("new refresh token"), "{}", run.stderr);
    assert!(!run.stderr.contains("r-2") && !run.stderr.contains(&served.running.token));
    assert_eq!(run.report()["reading"]["hosts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_token_that_cannot_be_renewed_leaves_what_was_read_and_says_how_to_go_on() {
    let (served, program) = (expiring(9), Program::new());
    let token = served.running.token.clone();
    let provider = Provider::start(move |path, field, _| match (path, field("grant_type").as_str()) {
        ("/device", _) => (200, DEVICE.to_owned()),
        (_, "refresh_token") => refuse("invalid_grant"),
        _ => grant(&token, "r-1"),
    });
    let said = |run: &Run| {
        assert!(
            run.stderr.contains("has run out before everything was read; the result is incomplete"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("hint: run it again: with --state"), "{}", run.stderr);
        assert_eq!(run.report()["complete"], false);
        assert!((1..4).contains(&run.report()["coverage"]["read"].as_u64().unwrap()));
    };
    said(&audit(&program, &served, &provider, "").exits(4));
    // It is renewed, and the server does not take the new one either: asked once, and not again.
    let served = expiring(9);
    let token = served.running.token.clone();
    let provider = Provider::start(move |path, _, _| match path {
        "/device" => (200, DEVICE.to_owned()),
        _ => grant(&token, "r-1"),
    });
    said(&audit(&program, &served, &provider, "").exits(4));
    assert_eq!(provider.grants().iter().filter(|grant| grant.ends_with("refresh_token")).count(), 1);
}

#[test]
fn a_token_command_is_run_again_where_it_can_be() {
    let by_command = |served: &Served, more: &[&str]| {
        let url = format!("imaps://demo%40firma.example@localhost:{}", served.running.tls.port());
        let ca = served.dir.path().join("ca.pem");
        let command = format!("sh -c 'echo asked >> asked; printf %s {}'", served.running.token);
        let program = Program::new();
        let way = [&url, "--ca", ca.to_str().unwrap(), "--auth", "xoauth2", "--token-command", &command];
        let run = program.audit(&[&way, more].concat());
        (run, fs::read_to_string(program.path("asked")).unwrap().lines().count())
    };
    let (run, asked) = by_command(&expiring(1), &["--no-sandbox"]);
    assert_eq!((run.code, asked), (0, 2), "{}", run.stderr);
    assert_eq!(run.report()["complete"], true);
    let (run, asked) = by_command(&expiring(9), &[]);
    if asked == 1 {
        assert_eq!(run.code, 4, "{}", run.stderr);
        assert!(run.stderr.contains("--no-sandbox") && run.stderr.contains("--state"), "{}", run.stderr);
    } else {
        crate::common::skipped("a token command behind the walls: this kernel cannot confine the program");
    }
}

/// Asks the program's own little server, as a browser does that comes back.
fn come_back(port: u16, host: &str, target: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

#[test]
fn the_browser_comes_back_with_a_code_that_only_we_can_use() {
    let challenge: Arc<Mutex<String>> = Arc::default();
    let expected = Arc::clone(&challenge);
    let provider = Provider::start(move |_, field, _| {
        let verifier = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
        let right = verifier == *expected.lock().unwrap() && field("code") == "c-1" && field("client_secret") == "s-1";
        if right { grant("t-1", "r-1") } else { refuse("invalid_grant") }
    });
    let settings = |patience| Settings {
        client_id: "our-client".to_owned(),
        client_secret: Some("s-1".to_owned().into()),
        flow: Flow::Browser { url: Url::parse("https://id.firm.example/auth").unwrap() },
        token_url: Url::parse(&provider.url("token")).unwrap(),
        scopes: vec!["mail".to_owned()],
        trust: Trust::System,
        patience,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ask = |answer: &'static str| {
        let challenge = Arc::clone(&challenge);
        move |ask: Ask<'_>| {
            let Ask::Page { page } = ask else { panic!("no page") };
            let page = Url::parse(page).unwrap();
            let get = |name: &str| page.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
            assert_eq!((get("client_id").as_str(), get("code_challenge_method").as_str()), ("our-client", "S256"));
            *challenge.lock().unwrap() = get("code_challenge");
            let port = Url::parse(&get("redirect_uri")).unwrap().port().unwrap();
            let state = get("state");
            std::thread::spawn(move || {
                let here = format!("127.0.0.1:{port}");
                let right = format!("/?{answer}&state={state}");
                assert!(come_back(port, &here, "/?code=c-9&state=guessed").starts_with("HTTP/1.1 404"));
                assert!(come_back(port, &here, "/favicon.ico").starts_with("HTTP/1.1 404"));
                // Another name for this address is how a page elsewhere would get in.
                assert_eq!(come_back(port, &format!("evil.example:{port}"), &right), "");
                assert!(come_back(port, &here, &right).starts_with("HTTP/1.1 200"));
            });
        }
    };
    let minute = Duration::from_secs(60);
    let oauth = OAuth::new(settings(minute));
    let tokens = runtime.block_on(oauth.with_a_person(&ask("code=c-1"))).unwrap();
    assert_eq!((tokens.access.expose_secret(), tokens.refresh.unwrap().expose_secret()), ("t-1", "r-1"));
    assert_eq!(oauth.contacted(), [format!("127.0.0.1:{}", provider.port)]);
    let wrong = runtime.block_on(OAuth::new(settings(minute)).with_a_person(&ask("code=c-2"))).err().unwrap();
    assert!(matches!(&wrong, OAuthError::Refused { code, .. } if code == "invalid_grant"), "{wrong}");
    let denied =
        runtime.block_on(OAuth::new(settings(minute)).with_a_person(&ask("error=access_denied"))).err().unwrap();
    assert!(matches!(&denied, OAuthError::Refused { code, .. } if code == "access_denied"), "{denied}");
    let late = runtime.block_on(OAuth::new(settings(Duration::from_millis(50))).with_a_person(&|_| {})).err().unwrap();
    assert!(matches!(late, OAuthError::TooLate));
}
