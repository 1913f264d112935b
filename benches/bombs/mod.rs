//! Mail made to cost as much as it can: what a stranger may send. `tests/robustness.rs` and `benches/hostile.rs` use it.

/// Worst cases of about `size` bytes each.
pub fn bombs(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let head = "From: a@firm.example\nTo: b@firm.example\nMIME-Version: 1.0\n";
    let html = format!("{head}Content-Type: text/html\n\n");
    let mixed = format!("{head}Content-Type: multipart/mixed; boundary=b\n\n");
    let fill =
        |start: &str, unit: &str, end: &str| format!("{start}{}{end}", unit.repeat(size / unit.len())).into_bytes();
    let count = |start: &str, unit: &dyn Fn(usize) -> String, end: &str| {
        let mut text = start.to_owned();
        for n in 0.. {
            text.push_str(&unit(n));
            if text.len() >= size {
                break;
            }
        }
        (text + end).into_bytes()
    };
    let nest: String = (0..49).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    vec![
        (
            "nested multiparts",
            count(head, &|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"), ""),
        ),
        ("nested messages", fill("From: a@firm.example\n", "Content-Type: message/rfc822\n\n", "hi\n")),
        ("nested messages with headers", fill("", "From: a@firm.example\nContent-Type: message/rfc822\n\n", "hi\n")),
        ("parts", fill(&mixed, "--b\n\nx\n", "--b--\n")),
        ("one boundary nested", fill(&mixed, "--b\nContent-Type: multipart/mixed; boundary=b\n\n", "")),
        (
            "open multiparts, then text",
            fill(&format!("{head}{nest}\n"), "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n", ""),
        ),
        ("open multiparts, then dashes", fill(&format!("{head}{nest}\n"), "--b\n", "")),
        ("headers", fill("From: a@firm.example\n", "X-H: v\n", "\nhi\n")),
        ("folded header", fill("From: a@firm.example\nTo: a", "\n b", "\n\nhi\n")),
        ("recipients", count("To: x@firm.example", &|n| format!(",\n \"U {n}\" <u{n}@firm.example>"), "\n\nhi\n")),
        ("open comments", fill("From: ", "(", " a@firm.example\n\nhi\n")),
        (
            "nested comments",
            format!("From: {}{} a@firm.example\n\nhi\n", "(".repeat(size / 2), ")".repeat(size / 2)).into(),
        ),
        ("comments", fill("From: a", "()", " a@firm.example\n\nhi\n")),
        ("open brackets", fill("From: ", "<", "a@firm.example\n\nhi\n")),
        ("quotes", fill("From: ", "\"", "\"a@firm.example\n\nhi\n")),
        ("at signs", fill("From: ", "a@", "\n\nhi\n")),
        ("groups", fill("To: ", "a:;,", "\n\nhi\n")),
        ("nested groups", fill("To: ", "a:", "\n\nhi\n")),
        ("encoded words of a subject", fill("From: a@firm.example\nSubject: ", "=?utf-8?Q?=C3=A4?= ", "\n\nhi\n")),
        ("encoded words of a name", fill("From: ", "=?utf-8?B?w6Q=?= ", "<a@firm.example>\n\nhi\n")),
        ("open encoded words", fill("From: a@firm.example\nTo: ", "=?", "\n\nhi\n")),
        ("unknown encoded words", fill("From: ", "=?x?Q?a", "\n\nhi\n")),
        ("empty encoded words", fill("From: ", "=?utf-8?B?!!", "\n\nhi\n")),
        ("parameters", count(&format!("{head}Content-Type: text/plain"), &|n| format!("; p{n}=a"), "\n\nhi\n")),
        (
            "charset continuations",
            count(&format!("{head}Content-Type: text/plain"), &|n| format!("; charset*{n}*=a"), "\n\nhi\n"),
        ),
        ("base64", fill(&format!("{head}Content-Transfer-Encoding: base64\n\n"), "QUJD", "\n")),
        ("base64, a byte a line", fill(&format!("{head}Content-Transfer-Encoding: base64\n\n"), "Q\n", "")),
        ("base64, padding", fill(&format!("{head}Content-Transfer-Encoding: base64\n\n"), "QQ==", "")),
        (
            "quoted-printable, spaces",
            fill(&format!("{head}Content-Transfer-Encoding: quoted-printable\n\n"), " ", "\n"),
        ),
        (
            "quoted-printable, equals",
            fill(&format!("{head}Content-Transfer-Encoding: quoted-printable\n\n"), "=", "\n"),
        ),
        ("dashes", fill(&mixed, "-", "")),
        ("dash lines", fill(&mixed, "--\n", "")),
        ("one line", fill(&format!("{head}\n"), "a ", "")),
        ("empty lines", fill(&format!("{head}\n"), "\n", "")),
        ("flowed", fill(&format!("{head}Content-Type: text/plain; format=flowed\n\n"), "> a \n", "")),
        ("NUL", fill(&format!("{head}\n"), "\0", "")),
        ("carriage returns", fill(&head.replace('\n', "\r"), "\r", "")),
        ("HTML <", fill(&html, "<", "")),
        ("HTML <a", fill(&html, "<a ", "")),
        ("HTML &", fill(&html, "&", "")),
        ("HTML &amp", fill(&html, "&ampx", "")),
        ("HTML comments", fill(&html, "<!--", "")),
        ("HTML declarations", fill(&html, "<!a", "")),
        ("HTML div", fill(&html, "<div>", "")),
        ("HTML div and other ends", fill(&html, "<div></p></section></td>", "")),
        (
            "HTML div, then ends",
            format!("{html}{}{}", "<div>".repeat(size / 22), "</ul></b></table>".repeat(size / 22)).into(),
        ),
        ("HTML p", fill(&html, "<p>a", "")),
        ("HTML tables", fill(&html, "<table><tr><td>a", "")),
        ("HTML cells", fill(&html, "<td>a", "")),
        ("HTML quotes", fill(&html, "<blockquote class=gmail_quote>a", "")),
        ("HTML quote containers", fill(&html, "<div class=gmail_quote>a<div class=gmail_attr>", "")),
        ("HTML dividers", fill(&html, "<div id=divRplyFwdMsg>From: a<br>", "")),
        ("HTML attributes", count(&format!("{html}<a "), &|n| format!("a{n}=1 "), ">hi")),
        ("HTML open values", fill(&html, "<a b='", "")),
        ("HTML open script", fill(&html, "<script></", "")),
        ("HTML styles", fill(&html, "<style>p{margin:1}</style>", "")),
        ("HTML br", fill(&html, "<br>", "")),
        ("HTML spaces", fill(&html, "a&nbsp;", "")),
        ("HTML mail links", fill(&html, "<a href='mailto:a@firm.example'>a</a>", "")),
        ("HTML open links", fill(&html, "<a href='mailto:a@firm.example'>a", "")),
        (
            "calendar",
            fill(
                &format!("{head}Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n"),
                "BEGIN:VEVENT\nATTENDEE:mailto:a@firm.example\n",
                "",
            ),
        ),
    ]
}
