#!/usr/bin/env python3
"""Check that a mailbox's truth agrees with its text, and that all of it is invented.

usage: check.py MAILBOX.yaml...

A message must disclose what its `discloses` says, where it says so, and nothing that it does not
say: a full name, address or number that stands in a signature, quoted signature or footer without
being listed is an error. Nobody may be unused, every address must lie on a reserved domain (or on a
free-mail one with a long local part), and every number must be one that nobody has been given or
look like it. Prints what is wrong and exits with 1, or a line of figures. Needs PyYAML.
"""
import collections
import re
import sys
from pathlib import Path

import yaml

import build

# Mail providers whose domains stand in samples because the point is free, access or paid mail.
PROVIDERS = """t-online.de gmx.de gmx.at gmx.ch gmx.net web.de gmail.com googlemail.com outlook.com hotmail.com yahoo.com
 yahoo.co.uk icloud.com freenet.de ewetel.net mailbox.org posteo.de bluewin.ch orange.fr wanadoo.fr libero.it btinternet.com
 a1.net aon.at sky.com virginmedia.com talktalk.net aol.com comcast.net verizon.net proton.me protonmail.com fastmail.com
 hispeed.ch sunrise.ch arcor.de online.de kabelmail.de vodafone.de laposte.net free.fr sfr.fr ziggo.nl kpnmail.nl hetnet.nl
 alice.it tiscali.it tin.it virgilio.it telenet.be skynet.be hotmail.co.uk live.nl me.com mac.com chello.at netcologne.de
 osnanet.de""".split()
HONORIFICS = (r"(?:prof|dr|med|dent|vet|phil|rer|nat|jur|ing|dipl|kfm|mag|msc|mba|llm|phd|mr|mrs|ms|herr|frau|me|mme|h|c|rn|"
              r"rev|di|dott|ssa|avv|geom|ra|psych)\.?")
# Numbers reserved for fiction, as a pattern on the international form without spaces.
FICTION = [r"\+49(?:30|40|221|69|89)\d{5,}", r"\+49171392\d+", r"\+49172(?:99|5550)\d+", r"\+4917[0-9]\d+", r"\+491(?:5|6)\d+",
           r"\+44(?:113|114|115|116|117|118|121|131|141|151|161)496\d{4}", r"\+44191498\d{4}", r"\+44207946\d{4}",
           r"\+44289018\d{4}", r"\+44292018\d{4}", r"\+441632960\d{3}", r"\+447700900\d{3}", r"\+443069990\d{3}",
           r"\+1\d{3}55501\d\d", r"\+33(?:19900|26191|35301|46571|53649|63998)\d{4}"]
FICTION = re.compile("|".join(f"(?:{p})" for p in FICTION))


def plain(text):
    return " ".join(re.sub(r"[^\w]+", " ", text.lower()).split())


def name_pattern(person):
    """A full name, or initial and surname; of a shared address its name as it stands."""
    name = person.get("name") or ""
    words = [w for w in name.split() if w[0] != "(" and not re.fullmatch(f"(?i){HONORIFICS}(?:-ing\\.?|-psych\\.?)?", w.strip(",()"))]
    if person["sphere"] in ("role", "automated") or len(words) < 2:
        pattern = r"\s+".join(map(re.escape, name.split()))
    else:
        first, rest = re.escape(words[0]), r"\s+".join(map(re.escape, words[1:]))
        last = re.escape(words[-1])
        between = r"(?:[\w.'\-]+\s+){0,2}" if len(words) > 2 else r"(?:[A-Z]\.\s+)?"
        initial = re.escape(words[0][0]) + r"\.(?:[\s\-]*[A-Z]\.)?"
        whole = r"\s+".join(map(re.escape, words))
        pattern = rf"{whole}|{first}\s+{between}{last}|{initial}\s*{rest}|(?:{rest},?|{last},)\s+(?:{HONORIFICS}\s*)*{first}"
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.I)


def national(number):
    """A number's digits behind its country code."""
    return re.sub(r"\D", "", re.sub(r"^\+\d+\s", "", number))


def numbers_in(text):
    found = set()
    for line in text.replace("(0)", "").split("\n"):
        for part in [line, *re.split(r"[|•·,;*]|\s{2,}|\t", line)]:
            found |= {re.sub(r"\D", "", m[0]) for m in re.finditer(r"[+(]?\d[\d\s()/.\-–\u00a0]{5,}\d", part)}
    return found


def present(person, field, text):
    """Does this zone's text give away this field of this person?"""
    text = re.sub(r"(?m)^(> ?)+", "", text)
    flat = " ".join(text.split())
    if field == "name":
        return bool(name_pattern(person).search(flat))
    if field in ("title", "org", "department"):
        return f" {plain(person[field])} " in f" {plain(flat)} "
    if field == "address":
        want, have = plain(person["address"]).split(), set(plain(flat).split())
        return sum(w in have for w in want) >= 0.8 * len(want)
    if field == "email":
        return any(re.search(r"(?<![\w.+-])" + re.escape(e) + r"(?![\w-])", flat, re.I) for e in person["emails"])
    if field == "url":
        url = re.sub(r"^(https?://)?(www\.)?", "", person["url"]).rstrip("/")
        return bool(re.search(r"(?<![\w@.-])(?:https?://)?(?:www\.)?" + re.escape(url) + r"(?![\w-])", flat, re.I))
    wanted = national(person["phones"][field[6:]])
    return any(n.endswith(wanted) for n in numbers_in(text))


ZONES = {"signature": "S", "quoted_signature": "T", "footer": "D", "body": "B", "intro": "I"}


def check_messages(box):
    people = box["people"]
    used = set(box.get("address_book") or [])
    for message in box["messages"]:
        mid = message["id"]
        for key in ("from", "to", "cc", "bcc", "reply_to"):
            used |= set(build.as_list(message.get(key)))
        pairs = build.body_lines(message)
        text = {place: "\n".join(t for z, t in pairs if z in zone) for place, zone in ZONES.items()}
        said = collections.defaultdict(set)
        for d in message.get("discloses") or []:
            used.add(d["who"])
            if (d["who"], d["in"]) in said:
                yield f"{mid}: {d['who']} twice in {d['in']}"
            said[d["who"], d["in"]] |= set(d["fields"])
            for field in d["fields"]:
                if not present(people[d["who"]], field, text[d["in"]]):
                    yield f"{mid}: {d['who']} {field} is not in the {d['in']}"
        for place in ("signature", "quoted_signature", "footer", "intro"):
            if not text[place].strip():
                continue
            for who, person in people.items():
                fields = ["name"] * (person["sphere"] not in ("role", "automated")) + ["email"] * bool(person.get("emails"))
                fields += [f"phone.{k}" for k in person.get("phones") or {}]
                fields = [f for f in fields if present(person, f, text[place])]
                shared = {f for f in fields if f.startswith("phone.") and any(
                    person["phones"][f[6:]] in (p.get("phones") or {}).values() and said[w, place]
                    for w, p in people.items() if w != who)}            # one line for a household, or for a desk
                fields = [f for f in fields if f not in shared]
                if not set(fields) <= said[who, place]:
                    yield f"{mid}: {who} {', '.join(sorted(set(fields) - said[who, place]))} stands unlisted in the {place}"
    for who in people.keys() - used:
        yield f"{who} is unused"


def check_invented(box):
    lone = collections.defaultdict(set)
    for who, person in box["people"].items():
        for mail in person.get("emails") or []:
            local, _, domain = mail.lower().partition("@")
            lone[mail.lower()].add(who)
            if domain in PROVIDERS:
                if len(local) < 14:
                    yield f"{who}: {mail} could be somebody's"
            elif not domain.endswith(".example"):
                yield f"{who}: {mail} is on a real domain"
        for number in (person.get("phones") or {}).values():
            bare = re.sub(r"[^\d+]", "", number)
            if not FICTION.match(bare) and "555" not in bare and bare not in KNOWN_FICTION:
                yield f"{who}: {number} could be somebody's"
            if not 10 <= len(bare) <= 16:
                yield f"{who}: {number} has an odd length"
    for mail, who in lone.items():
        if len(who) > 1:
            yield f"{mail} belongs to {', '.join(sorted(who))}"
    for message in box["messages"]:
        for domain in re.findall(r"(?:@|https?://|www\.)([\w-]+(?:\.[\w-]+)+)", message["body"]):
            if not domain.endswith(".example") and domain.lower() not in PROVIDERS:
                yield f"{message['id']}: {domain} is a real domain"


# Mobile numbers that Sweden and Denmark keep for fiction or that are made up beyond any plan.
KNOWN_FICTION = {"+46701740621", "+46701740605", "+4532125560"}


def main(sources):
    bad = 0
    for source in sources:
        box = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
        build.check(box)
        for problem in [*check_messages(box), *check_invented(box)]:
            print(f"{box['name']}: {problem}")
            bad += 1
        spheres = collections.Counter(p["sphere"] for p in box["people"].values())
        print(f"{box['name']}: {len(box['messages'])} messages, {len(box['people'])} people:",
              ", ".join(f"{n} {s}" for s, n in spheres.most_common()))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
