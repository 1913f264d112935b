#!/usr/bin/env python3
"""Turn a hand-written mailbox (YAML, see README.md) into mail and truth.

usage: build.py MAILBOX.yaml OUT_DIR [--folders]

Writes under OUT_DIR:
  maildir/          the messages as a Maildir++ tree (INBOX, .Sent, .Archive.2024, ...)
  mbox              the same messages as one mbox (mboxrd)
  addressbook.vcf   the owner's address book (vCard 4.0)
  truth.json        people, relations, and what each message discloses
  lines.jsonl       one message a line: {"id", "lines", "zones"} (plain-text view of the body)

With --folders it writes only what a program embeds: one mboxrd file a folder, oldest message
first, named after the folder with %2F for a slash, and addressbook.vcf. The same YAML always
gives the same bytes. Needs PyYAML.
"""
import base64
import datetime as dt
import hashlib
import html
import json
import mailbox
import re
import shutil
import sys
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path

import yaml

ZONES = set("BCSDIQT")
FIELDS = {"name", "title", "org", "department", "address", "email", "url",
          "phone.work", "phone.mobile", "phone.home", "phone.fax"}
SPHERES = {"own", "colleague", "business", "consumer", "private", "role", "automated"}
SENSITIVE = {"health", "legal", "union", "religion", "politics", "family-law", "minor"}
PLACES = {"signature", "quoted_signature", "footer", "body", "intro"}


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def body_lines(message):
    """The message's lines with their zones, as (zone, text) pairs."""
    pairs = []
    for n, line in enumerate(message["body"].rstrip("\n").split("\n"), 1):
        if not line or line[0] not in ZONES or (len(line) > 1 and line[1] != " "):
            raise SystemExit(f"{message['id']}: body line {n} has no zone: {line!r}")
        pairs.append((line[0], line[2:]))
    return pairs


def address_of(people, message, who):
    person = people[who]
    addr = (message.get("addresses") or {}).get(who) or (person.get("emails") or [None])[0]
    if addr is None:
        raise SystemExit(f"{message['id']}: {who} has no address")
    name = (message.get("names") or {}).get(who, person.get("name") or "")
    return formataddr((name, addr), charset="utf-8"), addr


def newsletter_of(pairs, row):
    """A mass mailing: preheader, layout tables, redirected links and a tracking pixel."""
    seed = hashlib.sha256("\n".join(t for _, t in pairs).encode()).hexdigest()
    out = ['<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
           '<style>@media only screen and (max-width:600px){.w{width:100%!important}}</style></head>'
           '<body style="margin:0;background:#f2f2f2">'
           f'<div style="display:none;max-height:0;overflow:hidden">{row(next((t for _, t in pairs if t), ""))}</div>'
           '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
           '<table class="w" role="presentation" width="600" cellpadding="0" cellspacing="0" style="background:#ffffff">']
    for n, (zone, text) in enumerate(pairs):
        if not text:
            out.append('<tr><td height="12" style="font-size:0;line-height:0">&nbsp;</td></tr>')
            continue
        size = "11px;color:#777777" if zone == "D" else "15px;color:#222222"
        cell = row(text)
        if text.startswith(("* ", "» ")):
            cell = f'<a href="https://click.mail-track.example/c/{seed[n % 40:n % 40 + 20]}?n={n}" style="color:#0a58a8">{cell}</a>'
        out.append(f'<tr><td style="padding:2px 24px;font-family:Arial,sans-serif;font-size:{size}">{cell}</td></tr>')
    out.append('</table></td></tr></table>'
               f'<img src="https://open.mail-track.example/o/{seed[:32]}.gif" width="1" height="1" alt=""></body></html>')
    return "\n".join(out)


def html_of(pairs, style):
    """A plausible HTML rendering of the lines: Outlook's, Gmail's, a newsletter's or a plain one."""
    esc = lambda text: html.escape(text, quote=False)
    link = lambda text: re.sub(r"([\w.+-]+@[\w.-]+\w)", r'<a href="mailto:\1">\1</a>', text)
    row = lambda text: link(esc(text)) or "&nbsp;"
    if style == "newsletter-html":
        return newsletter_of(pairs, row)
    if style == "table-html":   # a line with tabs is a row of a table, as signature designers love it
        out, table = ["<html><body>"], False
        for _, text in pairs:
            if ("\t" in text) != table:
                out.append("</table>" if table else '<table border="0" cellspacing="0" cellpadding="2">')
                table = not table
            out.append("<tr>" + "".join(f"<td valign=top>{row(c)}</td>" for c in text.split("\t")) + "</tr>"
                       if table else f"<div>{row(text)}</div>")
        return "\n".join(out + (["</table>"] if table else []) + ["</body></html>"])
    if style == "outlook-html":
        out = ['<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal'
               '{margin:0cm;font-size:11.0pt;font-family:"Calibri",sans-serif}</style></head>'
               '<body lang=DE link="#0563C1"><div class=WordSection1>']
        quoted = False
        for zone, text in pairs:
            if zone == "I" and not quoted:
                quoted = True
                out.append('<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">')
            text = re.sub(r"^(> ?)+", "", text) if zone in "QT" else text
            out.append(f"<p class=MsoNormal><span>{row(text)}<o:p></o:p></span></p>")
        return "\n".join(out + ["</div></div>" if quoted else "", "</div></body></html>"])
    if style == "gmail-html":
        out, state = ['<div dir="ltr">'], "B"
        for zone, text in pairs:
            if zone in "SD" and state == "B":
                out.append('</div><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">')
                state = "S"
            if zone in "IQT" and state != "Q":
                out.append(("</div>" if state == "S" else "") + '</div><br><div class="gmail_quote">')
                state = "Q"
                out.append(f'<div dir="ltr" class="gmail_attr">{row(text)}<br></div>'
                           '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">' if zone == "I" else
                           '<blockquote class="gmail_quote">')
                if zone == "I":
                    continue
            text = re.sub(r"^(> ?)+", "", text) if zone in "QT" else text
            out.append(f"<div>{row(text)}</div>" if text else "<div><br></div>")
        return "\n".join(out + {"B": ["</div>"], "S": ["</div></div>"], "Q": ["</blockquote></div>"]}[state])
    return "<html><body>" + "<br>\n".join(row(text) for _, text in pairs) + "</body></html>"


def build_message(box, message):
    people = box["people"]
    mail = EmailMessage()
    sender, sender_addr = address_of(people, message, message["from"])
    # Address headers are written by hand: the library's default policy loses the quotes of "Müller, Jörg".
    addresses = [f"From: {sender}\n"]
    for header, key in (("To", "to"), ("Cc", "cc"), ("Bcc", "bcc"), ("Reply-To", "reply_to")):
        who = as_list(message.get(key))
        if who:
            addresses.append(f"{header}: " + ",\n ".join(address_of(people, message, w)[0] for w in who) + "\n")
    mail["Subject"] = message.get("subject", "")
    date = message["date"]
    date = date if isinstance(date, dt.datetime) else dt.datetime.fromisoformat(str(date))
    if date.tzinfo is None:
        date = date.replace(tzinfo=dt.timezone(dt.timedelta(hours=1)))
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = f"<{message['id']}.{box['name']}@{sender_addr.split('@')[1]}>"
    if message.get("list_id"):
        mail["List-Id"] = f"<{message['list_id']}>"
        mail["List-Unsubscribe"] = f"<mailto:leave@{message['list_id']}>"
    if message.get("auto_submitted"):
        mail["Auto-Submitted"] = "auto-generated"
    for header, value in (message.get("headers") or {}).items():
        mail[header] = value
    pairs = body_lines(message)
    text = "\n".join(text for _, text in pairs) + "\n"
    style = message.get("format", "plain")
    if style == "latin1-qp":
        mail.set_content(text, charset="iso-8859-1", cte="quoted-printable")
    elif style == "utf8-base64":
        mail.set_content(text, charset="utf-8", cte="base64")
    elif style == "flowed":
        mail.set_content(text, charset="utf-8", params={"format": "flowed"})
    elif style == "alternative":
        mail.set_content(text, charset="utf-8")
        mail.add_alternative(html_of(pairs, "html"), subtype="html", charset="utf-8")
    elif style in ("html", "outlook-html", "gmail-html", "newsletter-html", "table-html"):
        mail.set_content(html_of(pairs, style), subtype="html", charset="utf-8")
    elif style == "plain":
        mail.set_content(text, charset="utf-8", cte="8bit")
    else:
        raise SystemExit(f"{message['id']}: unknown format {style}")
    for name in as_list(message.get("attachments")):
        mail.add_attachment(b"sample attachment, nothing inside\n" * 12, maintype="application",
                            subtype="octet-stream", filename=name)
    for n, part in enumerate(p for p in mail.walk() if p.is_multipart()):
        part.set_boundary(f"=_{message['id']}.{n}")     # the library's own would differ from run to run
    return "".join(addresses).encode("ascii") + mail.as_bytes(), date, pairs


def check(box):
    people = box["people"]
    for who, person in people.items():
        if person.get("sphere") not in SPHERES:
            raise SystemExit(f"{who}: unknown sphere {person.get('sphere')}")
        for mark in as_list(person.get("sensitive")):
            if mark not in SENSITIVE:
                raise SystemExit(f"{who}: unknown sensitive {mark}")
    seen = set()
    for message in box["messages"]:
        if message["id"] in seen:
            raise SystemExit(f"{message['id']} twice")
        seen.add(message["id"])
        named = [message["from"], *as_list(message.get("to")), *as_list(message.get("cc")),
                 *as_list(message.get("bcc")), *as_list(message.get("reply_to"))]
        named += [d["who"] for d in message.get("discloses") or []]
        for who in named:
            if who not in people:
                raise SystemExit(f"{message['id']}: nobody is called {who}")
        for d in message.get("discloses") or []:
            if d["in"] not in PLACES:
                raise SystemExit(f"{message['id']}: unknown place {d['in']}")
            for field in d["fields"]:
                if field not in FIELDS:
                    raise SystemExit(f"{message['id']}: unknown field {field}")
                if value_of(people[d["who"]], field) is None:
                    raise SystemExit(f"{message['id']}: {d['who']} has no {field}")


def value_of(person, field):
    if field.startswith("phone."):
        return (person.get("phones") or {}).get(field[6:])
    if field == "email":
        return (person.get("emails") or [None])[0]
    return person.get(field)


def relations(box):
    owners = {w for w, p in box["people"].items() if p["sphere"] == "own"}
    wrote, written, listed = set(), set(), set(box.get("address_book") or [])
    for m in box["messages"]:
        rcpt = {*as_list(m.get("to")), *as_list(m.get("cc")), *as_list(m.get("bcc"))}
        if m["from"] in owners:
            written |= rcpt
        else:
            wrote.add(m["from"])
    return {w: "own" if w in owners else "direct" if w in wrote and w in written else
            "inbound" if w in wrote else "outbound" if w in written else
            "listed" if w in listed else "bystander" for w in box["people"]}


def channels(box):
    """{who: {channel: [message ids]}} - every way in which each person's data lies open."""
    out = {w: {} for w in box["people"]}
    add = lambda who, channel, mid: out[who].setdefault(channel, []).append(mid)
    for who in box.get("address_book") or []:
        add(who, "address_book", "addressbook.vcf")
    for m in box["messages"]:
        add(m["from"], "sender", m["id"])
        for key in ("to", "cc", "bcc", "reply_to"):
            for who in as_list(m.get(key)):
                add(who, key, m["id"])
        for d in m.get("discloses") or []:
            add(d["who"], d["in"], m["id"])
    return out


def vcard(person):
    out = ["BEGIN:VCARD", "VERSION:4.0", f"FN:{person['name']}"]
    out += [f"EMAIL:{e}" for e in person.get("emails") or []]
    kinds = {"work": "work,voice", "mobile": "cell", "home": "home,voice", "fax": "work,fax"}
    out += [f'TEL;TYPE="{kinds[k]}":{v}' for k, v in (person.get("phones") or {}).items()]
    out += [f"{key}:{person[f]}" for key, f in (("ORG", "org"), ("TITLE", "title"), ("URL", "url")) if person.get(f)]
    if person.get("address"):
        out.append("ADR:;;" + person["address"].replace(",", "\\,") + ";;;;")
    if person.get("categories"):
        out.append("CATEGORIES:" + ",".join(person["categories"]))
    return "\r\n".join(out + ["END:VCARD", ""])


def mboxrd(mail, date, sender):
    """One message as an entry of an mbox file, with its From lines quoted."""
    body = re.sub(rb"^(>*From )", rb">\1", mail, flags=re.M)
    when = date.astimezone(dt.timezone.utc).strftime("%a %b %e %H:%M:%S %Y")
    return f"From {sender} {when}\n".encode("ascii") + body.rstrip(b"\n") + b"\n\n"


def address_book(box):
    return "".join(vcard(box["people"][w]) for w in box.get("address_book") or [])


def write_folders(box, out):
    """One mboxrd file a folder, and the address book: what a program embeds."""
    for old in out.glob("*.mbox"):
        old.unlink()
    folders = {}
    for message in box["messages"]:
        mail, date, _ = build_message(box, message)
        entry = mboxrd(mail, date, address_of(box["people"], message, message["from"])[1])
        folders.setdefault(message.get("folder", "INBOX"), []).append((date, message["id"], entry))
    for folder, entries in folders.items():
        data = b"".join(entry for _, _, entry in sorted(entries))
        (out / (folder.replace("/", "%2F") + ".mbox")).write_bytes(data)
    (out / "addressbook.vcf").write_text(address_book(box), encoding="utf-8", newline="")
    print(f"{box['name']}: {len(box['messages'])} messages in {len(folders)} folders")


def utf7(name):
    """A folder's name as Maildir++ and IMAP write it (RFC 3501, 5.1.3)."""
    def shifted(match):
        code = base64.b64encode(match.group().encode("utf-16-be")).decode("ascii")
        return "&" + code.rstrip("=").replace("/", ",") + "-"
    return re.sub(r"[^\x20-\x7e]+", shifted, name.replace("&", "&-"))


def main(source, target, folders=False):
    box = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
    check(box)
    out = Path(target)
    out.mkdir(parents=True, exist_ok=True)
    if folders:
        write_folders(box, out)
        return
    shutil.rmtree(out / "maildir", ignore_errors=True)
    (out / "mbox").unlink(missing_ok=True)
    maildir = mailbox.Maildir(out / "maildir", create=True)
    entries = []
    with open(out / "lines.jsonl", "w", encoding="utf-8") as lines:
        for message in box["messages"]:
            mail, date, pairs = build_message(box, message)
            folder = message.get("folder", "INBOX")
            place = maildir if folder == "INBOX" else maildir.add_folder(utf7(folder).replace("/", "."))
            item = mailbox.MaildirMessage(mail)
            item.set_subdir("cur")
            item.set_date(date.timestamp())
            place.add(item)
            entries.append(mboxrd(mail, date, address_of(box["people"], message, message["from"])[1]))
            json.dump({"id": message["id"], "lang": message.get("lang", box["lang"]),
                       "lines": [t for _, t in pairs], "zones": [z for z, _ in pairs]},
                      lines, ensure_ascii=False)
            lines.write("\n")
    (out / "mbox").write_bytes(b"".join(entries))
    (out / "addressbook.vcf").write_text(address_book(box), encoding="utf-8", newline="")
    truth = {"name": box["name"], "lang": box["lang"], "owner": box["owner"],
             "own_domains": box.get("own_domains") or [], "people": box["people"],
             "relations": relations(box), "channels": channels(box),
             "messages": [{k: (str(v) if k == "date" else v) for k, v in m.items() if k != "body"}
                          for m in box["messages"]]}
    (out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{box['name']}: {len(box['messages'])} messages, {len(box['people'])} people")


if __name__ == "__main__":
    names = [a for a in sys.argv[1:] if a != "--folders"]
    if len(names) != 2:
        sys.exit(__doc__)
    main(*names, folders="--folders" in sys.argv)
