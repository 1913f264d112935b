//! Decides what is asked of a CardDAV server, and what its answers say.

use std::fmt::Write as _;

use roxmltree::{Document, Node, ParsingOptions};

const DAV: &str = "DAV:";
const CARD: &str = "urn:ietf:params:xml:ns:carddav";

/// Elements, attributes and texts of an answer.
const NODES: u32 = 4_000_000;

/// What a place is, and where the user's address books are.
pub(super) const PROPFIND: &str = concat!(
    r#"<?xml version="1.0" encoding="utf-8"?>"#,
    r#"<propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><prop><resourcetype/><getcontenttype/>"#,
    r#"<current-user-principal/><C:addressbook-home-set/></prop></propfind>"#
);

/// The entries at these addresses, as they are.
pub(super) fn multiget(hrefs: &[String]) -> String {
    let mut body = concat!(
        r#"<?xml version="1.0" encoding="utf-8"?>"#,
        r#"<C:addressbook-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">"#,
        "<prop><C:address-data/></prop>"
    )
    .to_owned();
    for href in hrefs {
        let href = href.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(body, "<href>{href}</href>");
    }
    body.push_str("</C:addressbook-multiget>");
    body
}

/// What an answer says of one address.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub href: String,
    pub is_collection: bool,
    pub is_book: bool,
    pub kind: Option<String>,
    pub principal: Option<String>,
    pub homes: Vec<String>,
    pub card: Option<String>,
}

impl Found {
    /// Whether it may be an entry: what says that it is something else is none.
    pub fn is_card(&self) -> bool {
        self.kind.as_deref().is_none_or(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            kind.is_empty() || kind.contains("vcard") || kind == "text/directory"
        })
    }
}

/// Reads a `multistatus`. A document type is refused, so there are no entities to expand.
pub(super) fn multistatus(body: &[u8]) -> Result<Vec<Found>, &'static str> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|_| "its answer is no XML that can be read")?;
    let root = document.root_element();
    if !root.has_tag_name((DAV, "multistatus")) {
        return Err("its answer is not one of WebDAV");
    }
    Ok(root.children().filter(|node| node.has_tag_name((DAV, "response"))).filter_map(response).collect())
}

fn response(node: Node<'_, '_>) -> Option<Found> {
    let href = child(node, DAV, "href")?.text()?.trim().to_owned();
    let mut found = Found { href, ..Found::default() };
    let good = |node: &Node<'_, '_>| {
        child(*node, DAV, "status").and_then(|status| status.text()).is_none_or(|status| status.contains(" 200"))
    };
    for stat in node.children().filter(|node| node.has_tag_name((DAV, "propstat"))).filter(good) {
        let Some(properties) = child(stat, DAV, "prop") else { continue };
        for property in properties.children().filter(Node::is_element) {
            let name = property.tag_name();
            match (name.namespace().unwrap_or_default(), name.name()) {
                (DAV, "resourcetype") => {
                    found.is_collection |= child(property, DAV, "collection").is_some();
                    found.is_book |= child(property, CARD, "addressbook").is_some();
                }
                (DAV, "getcontenttype") => found.kind = property.text().map(str::to_owned),
                (DAV, "current-user-principal") => found.principal = hrefs(property).next(),
                (CARD, "addressbook-home-set") => found.homes = hrefs(property).take(10).collect(),
                // The text may come in several pieces, around CDATA.
                (CARD, "address-data") => {
                    found.card = Some(property.children().filter_map(|node| node.text()).collect());
                }
                _ => {}
            }
        }
    }
    Some(found)
}

fn child<'a, 'i>(node: Node<'a, 'i>, space: &str, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|node| node.tag_name().namespace() == Some(space) && node.tag_name().name() == name)
}

fn hrefs<'a>(node: Node<'a, '_>) -> impl Iterator<Item = String> {
    let hrefs: Vec<String> = node
        .children()
        .filter(|node| node.has_tag_name((DAV, "href")))
        .filter_map(|node| node.text())
        .map(|text| text.trim().to_owned())
        .collect();
    hrefs.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_with_any_prefixes() {
        let body = br#"<?xml version="1.0"?>
<d:multistatus xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav">
 <d:response><d:href>/ann/book/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><card:addressbook/></d:resourcetype>
  <d:current-user-principal><d:href>/ann/</d:href></d:current-user-principal></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
  <d:propstat><d:prop><card:addressbook-home-set><d:href>/wrong/</d:href></card:addressbook-home-set></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
 <d:response><d:href>/ann/book/1.vcf</d:href><d:propstat><d:prop><card:address-data>BEGIN:VCARD
FN:A &amp; B<![CDATA[ <c>]]></card:address-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
 <d:response><d:href>/ann/book/gone.vcf</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>
</d:multistatus>"#;
        let found = multistatus(body).expect("is read");
        assert_eq!(found.len(), 3);
        assert!(found[0].is_book && found[0].is_collection && found[0].homes.is_empty());
        assert_eq!(found[0].principal.as_deref(), Some("/ann/"));
        assert_eq!(found[1].card.as_deref(), Some("BEGIN:VCARD\nFN:A & B <c>"));
        assert_eq!(found[2], Found { href: "/ann/book/gone.vcf".into(), ..Found::default() });
    }

    #[test]
    fn what_is_no_answer_is_refused_at_once() {
        let bomb = format!(
            "<!DOCTYPE x [<!ENTITY a \"{}\">{}]><x>&z;</x>",
            "lol".repeat(10),
            ('b'..='z')
                .map(|c| format!("<!ENTITY {c} \"{}\">", format!("&{};", (c as u8 - 1) as char).repeat(10)))
                .collect::<String>()
        );
        let deep = format!("<multistatus xmlns=\"DAV:\">{}", "<response>".repeat(1_000_000));
        let deep_and_closed = format!("{deep}{}</multistatus>", "</response>".repeat(1_000_000));
        for body in ["", "<", "<html><body>Login</body></html>", "{}", "\u{0}", &bomb, &deep] {
            assert!(multistatus(body.as_bytes()).is_err(), "{}", body.get(..40).unwrap_or(body));
        }
        assert!(multistatus(deep_and_closed.as_bytes()).is_ok_and(|found| found.is_empty()));
        assert!(multistatus(b"<multistatus xmlns='DAV:'><response><href>\xff</href></response></multistatus>").is_ok());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

        #[test]
        fn whatever_comes_is_no_panic(body in proptest::collection::vec(proptest::num::u8::ANY, 0..400), text in "(<[a-z:]{0,6}[ />\"'=!\\[\\]&;-]{0,4}){0,40}") {
            let _ = multistatus(&body);
            let _ = multistatus(text.as_bytes());
            let _ = multistatus(format!("<multistatus xmlns='DAV:'>{text}</multistatus>").as_bytes());
        }
    }

    #[test]
    fn addresses_are_text_in_what_is_asked() {
        let body = multiget(&["/a?x&y</href><evil/>".to_owned()]);
        let document = Document::parse(&body).expect("is XML");
        let hrefs: Vec<_> = document.descendants().filter(|node| node.has_tag_name((DAV, "href"))).collect();
        assert_eq!(hrefs.len(), 1);
        assert_eq!(hrefs[0].text(), Some("/a?x&y</href><evil/>"));
        assert!(Document::parse(PROPFIND).is_ok());
    }

    #[test]
    fn entries_are_told_from_what_else_lies_in_a_book() {
        let kind = |kind: Option<&str>| Found { kind: kind.map(str::to_owned), ..Found::default() }.is_card();
        assert!(kind(None) && kind(Some("text/vcard; charset=utf-8")) && kind(Some("text/x-vcard")));
        assert!(!kind(Some("text/calendar")) && !kind(Some("image/png")));
    }
}
