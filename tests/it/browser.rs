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

/// The rules of axe-core, where they are installed.
fn axe() -> Option<String> {
    let axe = fs::read_to_string(manifest().join("target/axe/node_modules/axe-core/axe.min.js")).ok();
    if axe.is_none() {
        skipped("accessibility: no target/axe; tests/run installs axe-core");
    }
    axe
}

/// What axe finds wrong, and what it could not decide, but for the contrast of colours: that is measured by [`CONTRAST`].
const AXE: &str = "const done = arguments[arguments.length - 1]; \
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })\
    .then(found => done([...found.violations, ...found.incomplete.filter(one => one.id !== 'color-contrast')]\
    .map(one => one.id + ': ' + one.nodes[0].html)))";

/// The contrast of every text that is shown, those included of which axe cannot tell what is behind them: text in a
/// picture stands on the ground of its section or on the tint of a shape, and has to be read on both.
const CONTRAST: &str = r"
    const colour = text => text.match(/[\d.]+/g).map(Number);
    const light = rgb => {
        const [r, g, b] = rgb.map(n => n / 255).map(n => n <= .04045 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const ground = element => {
        for (let at = element; at; at = at.parentElement) {
            const found = colour(getComputedStyle(at).backgroundColor);
            if (found.length === 3 || found[3] === 1) return found.slice(0, 3);
        }
        return [255, 255, 255];
    };
    const filled = (svg, kind) => {
        const shape = svg.appendChild(document.createElementNS(svg.namespaceURI, 'rect'));
        shape.setAttribute('class', kind);
        const found = colour(getComputedStyle(shape).fill);
        shape.remove();
        return found;
    };
    const bad = [];
    let seen = 0;
    for (const element of document.body.querySelectorAll('*')) {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || !element.getClientRects().length || element.closest('title, desc, option, [disabled]')) continue;
        seen += 1;
        const style = getComputedStyle(element), svg = element.ownerSVGElement;
        const front = colour(svg ? style.fill : style.color).slice(0, 3);
        const behind = !svg ? [ground(element)]
            : element.matches('.on-heart') ? [filled(svg, 'heart')]
            : [ground(svg.parentElement), filled(svg, 'rest')];
        const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
        for (const back of behind) {
            const [a, b] = [light(front), light(back)].sort((a, b) => b - a);
            const ratio = (a + .05) / (b + .05);
            if (ratio < (large && !svg ? 3 : 4.5)) bad.push(ratio.toFixed(2) + ': ' + element.outerHTML.slice(0, 120));
        }
    }
    return seen < 3 ? ['only ' + seen + ' texts'] : bad;";

impl Browser {
    fn look(&self, width: u64, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.cdp("Emulation.setEmulatedMedia", &json!({ "features": features }));
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", &size);
    }

    /// The page that is open can be read by everybody, and fits.
    fn is_read_by_everybody(&self, axe: Option<&str>, width: u64, what: &str) {
        let wide = self.script("return document.documentElement.scrollWidth").as_u64();
        // A scroll bar takes its place.
        assert!(wide.is_some_and(|wide| wide <= width), "{wide:?} of {width}, {what}");
        assert_eq!(self.script(CONTRAST), json!([]), "contrast, {width} {what}");
        let Some(axe) = axe else { return };
        self.script(axe);
        let call = json!({ "script": AXE, "args": [] });
        let found = self.call("POST", &format!("{}/execute/async", self.session), &call);
        assert_eq!(found, json!([]), "{width} {what}");
    }
}

/// Every width and scheme that pages are looked at in.
const LOOKS: [(u64, &str); 4] = [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")];

/// The result of the sample mailbox, and pages made of it.
fn sample(program: &Program) -> (Value, PathBuf) {
    // Of today: a leaflet is not made of a result that is past its date.
    let run = |arguments: &[&str]| {
        let made = program.command(arguments).env_remove("SOURCE_DATE_EPOCH").output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        made.stdout
    };
    run(&["demo", "--overwrite"]);
    for lang in ["de", "en"] {
        let made = |name: &str| program.path(&format!("{name}-{lang}.html"));
        fs::write(made("page"), run(&["report", "result.json", "--format", "html", "--lang", lang])).unwrap();
        fs::write(made("leaflet"), run(&["leaflet", "result.json", "--lang", lang])).unwrap();
    }
    let page = program.path("page-de.html");
    let result = serde_json::from_slice(&fs::read(program.path("result.json")).unwrap()).unwrap();
    (result, page)
}

#[test]
fn a_report_is_read_by_everybody_and_asks_for_nothing() {
    let Some(browser) = Browser::start() else { return };
    let program = Program::new();
    let (result, page) = sample(&program);
    let axe = axe();
    for (width, scheme) in LOOKS {
        browser.look(width, scheme);
        for name in ["page-de", "page-en", "leaflet-de", "leaflet-en"] {
            let page = program.path(&format!("{name}.html"));
            browser.requests();
            browser.open(&url(&page));
            assert_eq!(browser.requests(), [url(&page)], "the page asks for something else");
            browser.is_read_by_everybody(axe.as_deref(), width, &format!("{scheme} {name}"));
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
    let evil = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">";
    let mut mailbox = mailglean::demo::Mailbox::default();
    let mail = letter(0, "Eve Adams <eve@gmx.de>", OWNER, "", "Hallo\n\nGruß\nEve\n");
    mailbox.add("INBOX", mailglean::message::FolderKind::Inbox, vec![(mail, crate::mail::FIRST_DAY)]);
    write_maildir(&mailbox, &program.path("Maildir"));
    let run = program.run(&["audit", "Maildir", "--owner", OWNER, "--evidence", "clear", "--reveal", evil]).exits(0);
    // What reads names takes such a one apart, so it is put into the result by hand.
    let mut result = run.report().clone();
    for contact in result["contacts"].as_array_mut().unwrap() {
        contact["names"] = json!([evil]);
    }
    fs::write(program.path("evil.json"), result.to_string()).unwrap();
    let made = program.command(&["report", "evil.json", "--overdue", "--format", "html"]).output().unwrap();
    let page = program.path("evil.html");
    fs::write(&page, &made.stdout).unwrap();
    let shown = fs::read_to_string(&page).unwrap();
    assert!(shown.matches("&lt;script&gt;").count() >= 2, "the name or the reason is not on the page");
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
    let axe = axe();
    browser.look(1280, "dark");
    browser.is_read_by_everybody(axe.as_deref(), 1280, "the question");
    browser.keys("20 45\u{e007}");
    browser.until("document.getElementById('mails').children.length > 2", Duration::from_secs(60));
    browser.is_read_by_everybody(axe.as_deref(), 1280, "while it plays");
    // As fast as it goes: the arrow, five times.
    browser.keys("\u{e014}\u{e014}\u{e014}\u{e014}\u{e014}");
    browser.until("document.body.dataset.done === 'yes'", Duration::from_secs(300));
    assert_eq!(browser.script("return [end.low, end.high]"), json!([headline["low"], headline["high"]]));
    assert_eq!(browser.script("return Number(document.getElementById('shared').textContent)"), headline["high"]);
    let guesses = browser.script("return document.getElementById('guesses').textContent");
    assert!(guesses.as_str().unwrap().contains("20, 45"), "{guesses}");
    // What the rules begin with is what was counted on the way.
    let sum = "return ['private', 'bystander', 'unsure'].map(at => Number(document.getElementById('r-' + at).textContent)).reduce((a, b) => a + b)";
    assert_eq!(browser.script(sum), headline["high"]);
    // Every rule more leaves no more people.
    assert_eq!(
        browser.script("return end.rules.length === 32 && end.rules.every(r => r.private <= end.rules[0].private)"),
        true
    );
    // Whom the plug-in would not ask: a doctor is found by name, with what confirms the record.
    browser.keys("2dr. med\u{e00c}");
    let found = browser.script("return document.getElementById('cards').innerText");
    assert!(
        found.as_str().unwrap().contains("Dr. med.") && found.as_str().unwrap().contains("confirmed by"),
        "{found}"
    );
    for width in [1280, 320] {
        browser.look(width, "dark");
        for theme in ["dark", "light"] {
            browser.is_read_by_everybody(axe.as_deref(), width, &format!("the end, {theme}"));
            browser.keys("d");
        }
    }
    browser.look(1280, "dark");
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

#[test]
fn a_result_is_searched_by_everybody() {
    let Some(browser) = Browser::start() else { return };
    let program = Program::new();
    // Of today: a result that is past its date is not shown.
    let demo = ["demo", "--overwrite", "--evidence", "clear", "--reveal", "test"];
    assert!(program.command(&demo).env_remove("SOURCE_DATE_EPOCH").output().unwrap().status.success());
    let axe = axe();
    for lang in ["de", "en"] {
        let serving = Serving::start(&program, &["result.json", "--lang", lang]);
        browser.open(&serving.link);
        let list = browser.script("return location.href");
        let list = list.as_str().unwrap();
        let story = browser.script("return document.querySelector('table.people a').href");
        for (width, scheme) in LOOKS {
            browser.look(width, scheme);
            for page in [list, &format!("{list}?q=nobody-is-called-so"), story.as_str().unwrap()] {
                browser.open(page);
                browser.is_read_by_everybody(axe.as_deref(), width, &format!("{scheme} {lang} {page}"));
            }
        }
        browser.look(1280, "light");
        browser.open(list);
        // The field has the focus: what is typed is looked for.
        browser.keys("gmx\u{e007}");
        browser.until("location.search.includes('q=gmx')", Duration::from_secs(20));
        let rows =
            browser.script("return [...document.querySelectorAll('table.people tbody tr')].map(row => row.innerText)");
        let rows = rows.as_array().unwrap();
        assert!(!rows.is_empty() && rows.iter().all(|row| row.as_str().unwrap().contains("gmx")), "{rows:?}");
        let said = browser.script("return document.querySelector('[role=status]').textContent");
        assert!(said.as_str().unwrap().starts_with(&format!("{} ", rows.len())), "{said}");
    }
}
