//! Decides how a page that this program has just written is read again: its own elements, nested, with their texts. It
//! reads nothing else: no foreign HTML ever comes here.

use std::borrow::Cow;

/// An element or the text between two.
pub(super) enum Node<'a> {
    Element(Element<'a>),
    Text(Cow<'a, str>),
}

/// An element with what is in it.
pub(super) struct Element<'a> {
    pub name: &'a str,
    attributes: Vec<(&'a str, Cow<'a, str>)>,
    pub children: Vec<Node<'a>>,
}

impl<'a> Element<'a> {
    fn new(name: &'a str) -> Self {
        Self { name, attributes: Vec::new(), children: Vec::new() }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_ref())
    }

    /// A number in an attribute, as pictures have them.
    pub fn number(&self, name: &str) -> Option<f32> {
        self.get(name)?.parse().ok().filter(|number: &f32| number.is_finite())
    }

    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.get("class").unwrap_or_default().split_ascii_whitespace()
    }

    pub fn has(&self, class: &str) -> bool {
        self.classes().any(|one| one == class)
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element of this name, at any depth.
    pub fn find(&self, name: &str) -> Option<&Element<'a>> {
        self.elements().find_map(|child| if child.name == name { Some(child) } else { child.find(name) })
    }

    /// All texts in it, in their order.
    pub fn text(&self) -> String {
        let mut all = String::new();
        self.gather(&mut all);
        all
    }

    fn gather(&self, all: &mut String) {
        for child in &self.children {
            match child {
                Node::Element(element) => element.gather(all),
                Node::Text(text) => all.push_str(text),
            }
        }
    }
}

/// The page as one element without a name.
pub(super) fn parse(markup: &str) -> Element<'_> {
    let mut open = vec![Element::new("")];
    let mut rest = markup;
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        if let (Some(top), false) = (open.last_mut(), text.is_empty()) {
            top.children.push(Node::Text(unescaped(text)));
        }
        let Some((tag, after)) = after.strip_prefix('<').and_then(|after| after.split_once('>')) else { break };
        rest = after;
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            close(&mut open, name);
            continue;
        }
        let element = opened(tag);
        let name = element.name;
        open.push(element);
        if matches!(name, "meta" | "br") {
            close(&mut open, name);
        } else if name == "style" {
            rest = rest.split_once("</style>").map_or("", |(_, after)| after);
            close(&mut open, name);
        }
    }
    while open.len() > 1 {
        let name = open.last().map_or("", |top| top.name);
        close(&mut open, name);
    }
    open.pop().unwrap_or_else(|| Element::new(""))
}

/// Ends the innermost element, if it has this name and is not the page itself.
fn close<'a>(open: &mut Vec<Element<'a>>, name: &str) {
    if open.len() > 1
        && open.last().is_some_and(|top| top.name == name)
        && let Some(done) = open.pop()
        && let Some(parent) = open.last_mut()
    {
        parent.children.push(Node::Element(done));
    }
}

/// An element of the text between its brackets: every value is quoted, since a template wrote it.
fn opened(tag: &str) -> Element<'_> {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut element = Element::new(name);
    while let Some((key, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap_or((after, ""));
        // What stands before is an attribute without a value.
        let key = key.rsplit(' ').next().unwrap_or(key);
        element.attributes.push((key, unescaped(value)));
        rest = after.trim_start();
    }
    element
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let known = [("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("amp;", '&')];
        match known.iter().find_map(|(name, sign)| part.strip_prefix(name).map(|after| (*sign, after))) {
            Some((sign, after)) => {
                out.push(sign);
                out.push_str(after);
            }
            None => {
                out.push('&');
                out.push_str(part);
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use maud::html;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a template escapes comes back as it was, and in its place.
        #[test]
        fn what_a_template_wrote_is_read_again(text in ".*", value in ".*") {
            let page = html! { html { style { "p{}" } br; p.a title=(value) hidden { (text) b { "x" } } } }.into_string();
            let read = parse(&page);
            let paragraph = read.find("p").expect("is there");
            prop_assert!(paragraph.has("a"));
            prop_assert_eq!(paragraph.get("title"), Some(value.as_str()));
            prop_assert_eq!(paragraph.text(), format!("{text}x"));
        }

        #[test]
        fn nothing_makes_it_fail(text in ".*") {
            parse(&text);
        }
    }
}
