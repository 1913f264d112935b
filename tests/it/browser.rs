//! Pages in a real browser: what it asks for, what acts in it, whether everybody can read it, and whether the numbers
//! are those of the result. Skipped, and said so, where there is no chromium with its driver.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{OWNER, Program, free_port, manifest, skipped};
use crate::mail::{letter, write_maildir};

/// A browser that does what it is told.
struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// `None`: there is none on this machine.
    fn start() -> Option<Self> {
        let found = |name: &str| {
            ["/usr/bin", "/usr/local/bin"].iter().map(|dir| Path::new(dir).join(name)).find(|path| path.exists())
        };
        let (Some(driver), Some(_)) = (found("chromedriver"), found("chromium")) else {
            skipped("pages in a browser: no chromium with chromedriver");
            return None;
        };
        let port = free_port();
        let driver = Command::new(driver)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut browser = Self { driver, port, session: String::new() };
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "chromedriver does not listen");
            std::thread::sleep(Duration::from_millis(100));
        }
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "performance": "ALL" },
        } } });
        let answer = browser.call("POST", "/session", &wanted);
        browser.session = format!("/session/{}", answer["sessionId"].as_str().expect("a session"));
        Some(browser)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer["value"]["error"].is_null(), "{path}: {answer}");
        answer["value"].clone()
    }

    fn open(&self, url: &str) {
        self.call("POST", &format!("{}/url", self.session), &json!({ "url": url }));
    }

    fn script(&self, script: &str) -> Value {
        self.call("POST", &format!("{}/execute/sync", self.session), &json!({ "script": script, "args": [] }))
    }

    fn keys(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })])
            .collect();
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] });
        self.call("POST", &format!("{}/actions", self.session), &actions);
    }

    fn cdp(&self, command: &str, parameters: &Value) {
        let call = json!({ "cmd": command, "params": parameters });
        self.call("POST", &format!("{}/goog/cdp/execute", self.session), &call);
    }

    /// Everything that pages asked for since the last look.
    fn requests(&self) -> Vec<String> {
        let log = self.call("POST", &format!("{}/se/log", self.session), &json!({ "type": "performance" }));
        let events = log.as_array().unwrap().iter();
        let events = events.filter_map(|entry| serde_json::from_str::<Value>(entry["message"].as_str()?).ok());
        events
            .filter(|event| event["message"]["method"] == "Network.requestWillBeSent")
            .filter_map(|event| event["message"]["params"]["request"]["url"].as_str().map(str::to_owned))
            .collect()
    }

    fn until(&self, condition: &str, patience: Duration) {
        let until = Instant::now() + patience;
        while self.script(&format!("return Boolean({condition})")) != json!(true) {
            assert!(Instant::now() < until, "never came true: {condition}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.call("DELETE", &self.session, &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn url(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The result of the sample mailbox, and pages made of it.
fn sample(program: &Program) -> (Value, PathBuf) {
    let run = program.run(&["demo", "--overwrite"]).exits(0);
    let page = program.path("page.html");
    let made =
        program.command(&["report", "result.json", "--overdue", "--format", "html", "--lang", "de"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::write(&page, made.stdout).unwrap();
    (run.report().clone(), page)
}

#[test]
fn a_report_is_read_by_everybody_and_asks_for_nothing() {
    let Some(browser) = Browser::start() else { return };
    let program = Program::new();
    let (result, page) = sample(&program);
    let leaflet = program.command(&["leaflet", "result.json", "--lang", "de"]).output().unwrap();
    let leaflet_page = program.path("leaflet.html");
    fs::write(&leaflet_page, &leaflet.stdout).unwrap();
    let axe = fs::read_to_string(manifest().join("target/axe/node_modules/axe-core/axe.min.js")).ok();
    if axe.is_none() {
        skipped("accessibility: no target/axe; tests/run installs axe-core");
    }
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")] {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        browser.cdp("Emulation.setEmulatedMedia", &json!({ "features": features }));
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        browser.cdp("Emulation.setDeviceMetricsOverride", &size);
        for page in [&page, &leaflet_page] {
            browser.requests();
            browser.open(&url(page));
            assert_eq!(browser.requests(), [url(page)], "the page asks for something else");
            assert_eq!(browser.script("return document.documentElement.scrollWidth"), width, "{scheme}");
            if let Some(axe) = &axe {
                browser.script(axe);
                let call = json!({ "script": "const done = arguments[arguments.length - 1]; \
                    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })\
                    .then(found => done(found.violations.map(one => one.id + ': ' + one.nodes[0].html)))", "args": [] });
                let found = browser.call("POST", &format!("{}/execute/async", browser.session), &call);
                assert_eq!(found, json!([]), "{width} {scheme}");
            }
        }
    }
    browser.open(&url(&page));
    let figures = browser.script(
        "return [...document.querySelectorAll('data[data-at]')].map(one => [one.dataset.at, one.value, one.textContent])",
    );
    let figures = figures.as_array().unwrap();
    assert!(figures.len() > 100, "{}", figures.len());
    for figure in figures {
        let at = figure[0].as_str().unwrap();
        let number = result.pointer(at).unwrap_or_else(|| panic!("{at} is not in the result"));
        assert_eq!(figure[1].as_str().unwrap(), number.to_string(), "{at}");
        assert_eq!(figure[2].as_str().unwrap().replace('.', ""), number.to_string(), "{at}");
    }
}

#[test]
fn what_a_stranger_wrote_stays_text() {
    let Some(browser) = Browser::start() else { return };
    let program = Program::new();
    let evil = "\"<script>document.title='pwned'</script><img src=x onerror=document.title='pwned'>\" <eve@gmx.de>";
    let mut mailbox = mailglean::demo::Mailbox::default();
    let mail = letter(0, evil, OWNER, "", "Hallo\n\nGruß\nEve\n");
    mailbox.add("INBOX", mailglean::message::FolderKind::Inbox, vec![(mail, crate::mail::FIRST_DAY)]);
    write_maildir(&mailbox, &program.path("Maildir"));
    let arguments =
        ["audit", "Maildir", "--owner", OWNER, "--evidence", "clear", "--reveal", "test", "--format", "html"];
    program.run(&arguments).exits(0);
    let page = program.path("result.html");
    assert!(fs::read_to_string(&page).unwrap().contains("&lt;script&gt;"), "the name is not on the page");
    browser.open(&url(&page));
    assert_ne!(browser.script("return document.title"), "pwned");
    assert_eq!(browser.script("return document.querySelectorAll('script, img').length"), 0);
    assert_eq!(browser.script("return document.body.textContent.includes('<script>')"), true);
    // Even what gets in some other way does nothing: the page's own policy forbids it.
    browser.script("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\"><p style=\"color:red\">')");
    std::thread::sleep(Duration::from_millis(300));
    assert_ne!(browser.script("return document.title"), "1");
}

/// A server of the program, ended with the test.
struct Serving {
    child: Child,
    link: String,
}

impl Serving {
    fn start(program: &Program, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mailglean"))
            .env("HOME", program.dir.path())
            .env("SOURCE_DATE_EPOCH", "1751328000")
            .current_dir(program.dir.path())
            .arg("serve")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut link = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut link).unwrap();
        Self { child, link: link.trim().to_owned() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_demonstration_plays_to_its_end_with_the_numbers_of_an_audit() {
    let Some(browser) = Browser::start() else { return };
    let program = Program::new();
    let result = program.run(&["demo", "--overwrite"]).exits(0);
    let headline = &result.report()["headline"];
    let serving = Serving::start(&program, &["--demo"]);
    browser.open(&serving.link);
    browser.until("document.getElementById('ask').open", Duration::from_secs(20));
    browser.keys("20 45\u{e007}");
    // As fast as it goes: the arrow, five times.
    browser.keys("\u{e014}\u{e014}\u{e014}\u{e014}\u{e014}");
    browser.until("document.body.dataset.done === 'yes'", Duration::from_secs(300));
    assert_eq!(browser.script("return [end.low, end.high]"), json!([headline["low"], headline["high"]]));
    assert_eq!(browser.script("return Number(document.getElementById('shared').textContent)"), headline["high"]);
    let guesses = browser.script("return document.getElementById('guesses').textContent");
    assert!(guesses.as_str().unwrap().contains("20, 45"), "{guesses}");
    // Every rule more leaves no more people.
    assert_eq!(
        browser.script("return end.rules.length === 16 && end.rules.every(r => r.private <= end.rules[0].private)"),
        true
    );
    browser.keys("b");
    assert_eq!(browser.script("return document.getElementById('black').hidden"), false);
    browser.keys("bd?");
    assert_eq!(browser.script("return document.documentElement.className"), "light");
    assert_eq!(browser.script("return document.getElementById('help').open"), true);
    browser.keys("\u{e00c}");
    browser.keys("3");
    assert_eq!(browser.script("return document.activeElement.type"), "checkbox");
    browser.keys("r");
    assert_eq!(browser.script("return document.getElementById('ask').open"), true);
    // The link was for one browser, once.
    browser.open(&serving.link);
    let refused = browser.script("return document.body.textContent");
    assert!(refused.as_str().unwrap().contains("works once"), "{refused}");
}
