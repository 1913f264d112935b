//! Decides what lines an HTML text has, and what its markup says about them: quoted, signature, rule, table.
//!
//! No tree is built: one pass over the tags with a stack of the elements that are open. That is all that lines need,
//! it takes linear time on any input, and a bomb of nested elements is a text like any other.

use memchr::{memchr, memchr_iter, memmem};

use super::{Hints, Line, ProblemKind, text};
use crate::address::Address;

/// Elements within elements; browsers stop at 512 as well. What lies deeper is text all the same.
const NESTING: usize = 512;
/// Empty lines in a row that are kept.
const EMPTY: usize = 3;
/// Lines of a reply's header (`From:`, `Sent:` ...) that an Outlook divider may introduce.
const DIVIDED: usize = 10;

/// The lines of an HTML text, as a person would see them; at most `room` of them.
pub fn lines(html: &str, room: usize, hit: &mut dyn FnMut(ProblemKind)) -> Vec<Line> {
    let mut walker = Walker::default();
    let mut scanner = Scanner { html, at: 0, no_quote: [false; 2] };
    while let Some(token) = scanner.next() {
        match token {
            Token::Text(text) => walker.text(text),
            Token::Start(tag) => {
                let name = Name::of(tag.name);
                if RAW.contains(&name.as_str()) {
                    let content = scanner.raw_text(name.as_str());
                    if name.as_str() == "style" {
                        walker.style_sheet(content);
                    }
                } else if !walker.start(name.as_str(), &tag) {
                    hit(ProblemKind::TooDeep);
                }
            }
            Token::End(name) => walker.end(Name::of(name).as_str()),
        }
        if walker.lines.len() >= room {
            hit(ProblemKind::TooLarge);
            break;
        }
    }
    let mut lines = walker.finish(hit);
    lines.truncate(room);
    lines
}

/// Elements whose content is no markup, and nothing that a reader of mail sees.
const RAW: &[&str] = &["script", "style", "title", "iframe", "noembed", "noframes", "xmp", "textarea"];

/// The name of a tag in lower case; one that is too long for any that matters is empty.
struct Name {
    bytes: [u8; 10],
    length: usize,
}

impl Name {
    fn of(name: &str) -> Self {
        let mut bytes = [0; 10];
        let mut length = 0;
        if name.len() <= bytes.len() {
            for (to, from) in bytes.iter_mut().zip(name.bytes()) {
                *to = from.to_ascii_lowercase();
            }
            length = name.len();
        }
        Self { bytes, length }
    }

    fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

enum Token<'h> {
    Text(&'h str),
    Start(Tag<'h>),
    End(&'h str),
}

struct Tag<'h> {
    name: &'h str,
    /// The source of the attributes.
    attributes: &'h str,
}

/// Splits HTML into tags and text, as the HTML standard's tokenizer does.
struct Scanner<'h> {
    html: &'h str,
    at: usize,
    /// No further `"` or `'` in the text: an open quote must not swallow all the rest again and again.
    no_quote: [bool; 2],
}

impl<'h> Scanner<'h> {
    fn next(&mut self) -> Option<Token<'h>> {
        loop {
            let rest = self.html.get(self.at..).filter(|rest| !rest.is_empty())?;
            let bytes = rest.as_bytes();
            match bytes {
                [b'<', b'a'..=b'z' | b'A'..=b'Z', ..] => {
                    let (name, attributes) = self.tag(1)?;
                    return Some(Token::Start(Tag { name, attributes }));
                }
                [b'<', b'/', b'a'..=b'z' | b'A'..=b'Z', ..] => {
                    let (name, _) = self.tag(2)?;
                    return Some(Token::End(name));
                }
                [b'<', b'!', b'-', b'-', inner @ ..] => {
                    self.at += 4 + match inner {
                        [b'>', ..] => 1,
                        [b'-', b'>', ..] => 2,
                        _ => memmem::find(inner, b"-->").map_or(inner.len(), |end| end + 3),
                    };
                }
                [b'<', b'!' | b'?' | b'/', inner @ ..] => {
                    self.at += 2 + memchr(b'>', inner).map_or(inner.len(), |end| end + 1);
                }
                _ => {
                    // A lone `<` is text.
                    let opens =
                        |at: &usize| matches!(bytes.get(at + 1), Some(b'/' | b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z'));
                    let end = memchr_iter(b'<', bytes).find(|at| *at > 0 && opens(at)).unwrap_or(bytes.len());
                    self.at += end;
                    return Some(Token::Text(rest.get(..end)?));
                }
            }
        }
    }

    /// Reads a tag whose name starts `skip` bytes from here. `None` if it never ends: it is no tag then, and nor
    /// is the rest.
    fn tag(&mut self, skip: usize) -> Option<(&'h str, &'h str)> {
        let start = self.at + skip;
        let bytes = self.html.as_bytes().get(start..)?;
        let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'>');
        let length = bytes.iter().position(is_end)?;
        let mut at = length;
        // A quote opens a value after `=` alone.
        let mut equals = false;
        loop {
            match bytes.get(at)? {
                b'>' => break,
                quote @ (b'"' | b'\'') if equals => {
                    let known = usize::from(*quote == b'\'');
                    let end = if self.no_quote.get(known) == Some(&true) {
                        None
                    } else {
                        memchr(*quote, bytes.get(at + 1..)?)
                    };
                    if end.is_none() {
                        self.no_quote = self.no_quote.map(|_| false);
                        if let Some(none) = self.no_quote.get_mut(known) {
                            *none = true;
                        }
                    }
                    at += 1 + end.map_or(0, |end| end + 1);
                    equals = false;
                }
                b'=' => {
                    equals = true;
                    at += 1;
                }
                b if b.is_ascii_whitespace() => at += 1,
                _ => {
                    equals = false;
                    at += 1;
                }
            }
        }
        self.at = start + at + 1;
        let name = self.html.get(start..start + length)?;
        Some((name, self.html.get(start + length..start + at)?))
    }

    /// The content of an element that holds no markup, up to its end tag.
    fn raw_text(&mut self, name: &str) -> &'h str {
        let rest = self.html.get(self.at..).unwrap_or_default();
        let is_end = |at: &usize| {
            let tag = rest.as_bytes().get(at + 2..).unwrap_or_default();
            let named = tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()));
            named && !tag.get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
        };
        let end = memmem::find_iter(rest.as_bytes(), b"</").find(is_end).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }
}

/// The attributes that say something here; values as written.
#[derive(Default)]
struct Attributes<'h> {
    class: &'h str,
    id: &'h str,
    style: &'h str,
    href: &'h str,
    name: &'h str,
    kind: &'h str,
    marker: &'h str,
    hidden: bool,
}

impl<'h> Attributes<'h> {
    fn of(source: &'h str) -> Self {
        let mut all = Self::default();
        let mut rest = source.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        while !rest.is_empty() {
            let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/')).unwrap_or(rest.len());
            // A stray `=` at the start belongs to the name.
            let (name, after) = rest.split_at_checked(end.max(1)).unwrap_or((rest, ""));
            let after = after.trim_ascii_start();
            let mut value = "";
            rest = after;
            if let Some(after) = after.strip_prefix('=') {
                let after = after.trim_ascii_start();
                let quote = after.bytes().next().filter(|b| matches!(b, b'"' | b'\''));
                let inner = after.get(usize::from(quote.is_some())..).unwrap_or_default();
                let end = match quote {
                    Some(quote) => memchr(quote, inner.as_bytes()),
                    None => inner.bytes().position(|b| b.is_ascii_whitespace()),
                };
                (value, rest) = inner.split_at_checked(end.unwrap_or(inner.len())).unwrap_or((inner, ""));
                rest = rest.get(usize::from(quote.is_some() && !rest.is_empty())..).unwrap_or_default();
            }
            all.set(name, value);
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        }
        all
    }

    fn set(&mut self, name: &str, value: &'h str) {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        let slot = if is("class") {
            &mut self.class
        } else if is("id") {
            &mut self.id
        } else if is("style") {
            &mut self.style
        } else if is("href") {
            &mut self.href
        } else if is("name") {
            &mut self.name
        } else if is("type") {
            &mut self.kind
        } else if is("data-smartmail") || is("data-marker") {
            &mut self.marker
        } else {
            self.hidden |= is("hidden");
            return;
        };
        // Of two attributes of one name the first counts.
        if slot.is_empty() {
            *slot = value;
        }
    }
}

/// What an element's marks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    None,
    /// A quoted text begins.
    Quote,
    /// A quoted text with the line that introduces it before the quoting element proper.
    QuoteWithIntro,
    /// The quoted text proper, in such a quote: what stands before it introduces it.
    Quoted,
    /// The introducing lines of a quoted text.
    Intro,
    /// What follows is a quoted text: first its header.
    Divider,
    /// The same, where a border alone says so.
    Border,
    Signature,
}

impl Mark {
    /// What mail programs write. A reply by Outlook on the web puts `x_` before the names of what it quotes.
    fn of(tag: &str, attributes: &Attributes, style: &str) -> Self {
        let bare = |name: &str| {
            let mut name = name;
            while let Some(inner) = name.strip_prefix("x_") {
                name = inner;
            }
            name.to_ascii_lowercase()
        };
        let id = bare(attributes.id);
        let mut found = match id.as_str() {
            "divrplyfwdmsg" | "appendonsend" | "mail-editor-reference-message-container" => Self::Divider,
            "signature" | "ms-outlook-mobile-signature" | "applemailsignature" | "_rc_sig" | "mobilesignature" => {
                Self::Signature
            }
            "linebreakatbeginningofsignature" => Self::Signature,
            "reply-intro" => Self::Intro,
            id if id.contains("yahoo_quoted") => Self::Quote,
            id if id.starts_with("ydp") && id.ends_with("signature") => Self::Signature,
            _ => Self::None,
        };
        for class in attributes.class.split_ascii_whitespace().map(bare) {
            let mark = match class.as_str() {
                "gmail_quote" | "protonmail_quote" => Self::QuoteWithIntro,
                "moz-forward-container" => Self::QuoteWithIntro,
                "gmail_attr" | "moz-email-headers-table" | "moz-cite-prefix" | "-x-evo-attribution" => Self::Intro,
                "yahoo_quoted" | "zmail_extra" | "cite" => Self::Quote,
                "gmail_signature"
                | "gmail_signature_prefix"
                | "moz-signature"
                | "protonmail_signature_block"
                | "signature"
                | "k9mail-signature"
                | "fairemail_signature"
                | "-x-evo-signature"
                | "moz-txt-sig" => Self::Signature,
                class if class.contains("yahoo_quoted") => Self::Quote,
                class if class.starts_with("ydp") && class.ends_with("signature") => Self::Signature,
                _ => Self::None,
            };
            // A quote wins over a signature: GMX nests the one in the other.
            if found == Self::None || found == Self::Signature && mark != Self::None {
                found = mark;
            }
        }
        let name = attributes.name.to_ascii_lowercase();
        match (name.as_str(), attributes.marker) {
            ("quote", _) if tag == "div" => found = Self::QuoteWithIntro,
            ("quoted-content", _) => found = Self::Quoted,
            ("messagereplysection", _) => found = Self::QuoteWithIntro,
            (_, "__QUOTED_TEXT__") => found = Self::Quote,
            ("messagesignaturesection", _) | (_, "gmail_signature" | "__SIG_PRE__" | "__SIG_POST__")
                if found == Self::None =>
            {
                found = Self::Signature;
            }
            _ => {}
        }
        if found == Self::None && tag == "blockquote" {
            // Gmail indents with a blockquote that has no border.
            let indents = attributes.kind.is_empty() && style.contains("border:none");
            return if indents { Self::None } else { Self::Quote };
        }
        if found == Self::None && tag == "div" && style.contains("border:none;border-top:solid") {
            return Self::Border;
        }
        found
    }
}

/// What holds for the text inside an element.
#[derive(Clone, Copy, Default)]
struct State {
    quote: u8,
    signature: bool,
    hidden: bool,
    pre: bool,
    table: bool,
}

/// An element that is open.
struct Open<'h> {
    element: Element,
    mark: Mark,
    /// What holds inside, and what held outside.
    state: State,
    outside: State,
    /// How many lines there were when it began.
    from: usize,
    href: &'h str,
    /// Where its text began in the line.
    column: usize,
    margin: bool,
    /// The depth that dividers had added before this quote.
    divided: u8,
}

impl Open<'_> {
    /// The quote depth around the element.
    fn outside_quote(&self) -> u8 {
        self.outside.quote.saturating_add(self.divided)
    }
}

/// The elements that make lines, or may carry a mark. All others are as if they were not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Block(Block),
    Paragraph,
    Item,
    Quote,
    Table,
    Row,
    Cell,
    Link,
    Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Div,
    Center,
    Pre,
    Ul,
    Ol,
    Term,
    Heading,
    /// Rare ones, which one end tag of their kind ends.
    Other,
}

impl Element {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "p" => Self::Paragraph,
            "li" => Self::Item,
            "blockquote" => Self::Quote,
            "table" => Self::Table,
            "tr" => Self::Row,
            "td" | "th" => Self::Cell,
            "a" => Self::Link,
            "span" => Self::Span,
            "div" => Self::Block(Block::Div),
            "pre" | "listing" => Self::Block(Block::Pre),
            "ul" => Self::Block(Block::Ul),
            "ol" => Self::Block(Block::Ol),
            "dt" | "dd" => Self::Block(Block::Term),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Self::Block(Block::Heading),
            "center" => Self::Block(Block::Center),
            "section" | "article" | "header" | "footer" | "main" | "aside" | "nav" | "address" | "dl" | "fieldset"
            | "form" | "figure" | "figcaption" | "details" | "summary" | "dir" | "menu" | "caption" | "legend" => {
                Self::Block(Block::Other)
            }
            _ => return None,
        })
    }

    fn is_inline(self) -> bool {
        matches!(self, Self::Link | Self::Span)
    }

    /// Whether a browser leaves room above and below.
    fn has_margin(self) -> bool {
        match self {
            Self::Paragraph => true,
            Self::Block(block) => matches!(block, Block::Ul | Block::Ol | Block::Pre | Block::Heading),
            _ => false,
        }
    }
}

#[derive(Default)]
struct Walker<'h> {
    stack: Vec<Open<'h>>,
    /// How many of each kind of element are in it; end tags of others cost nothing.
    open: [usize; 16],
    /// Start tags that the stack had no room for.
    deeper: usize,
    state: State,
    lines: Vec<Line>,
    line: String,
    /// The hints of the line's first character.
    hints: Option<Hints>,
    /// Spaces that show if text follows on the line.
    space: bool,
    /// A line ends here if text follows.
    ended: bool,
    /// A cell ends here if text follows.
    tab: bool,
    paragraph: bool,
    rule: bool,
    empty: usize,
    too_long: bool,
    /// Where the lines of the cell began; a cell of one line stays on its row's line.
    cell: usize,
    row: usize,
    /// The style sheet takes the room around paragraphs away.
    tight: bool,
    /// Quote depth that Outlook's dividers add to all that follows.
    divided: u8,
    /// Inside the header of a reply: how many of its lines there were.
    header: Option<(Mark, usize)>,
}

impl<'h> Walker<'h> {
    /// Opens an element. False if it is nested too deeply.
    fn start(&mut self, name: &str, tag: &Tag<'h>) -> bool {
        match name {
            "br" => {
                let attributes = Attributes::of(tag.attributes);
                self.line_break();
                if attributes.class.contains("Apple-interchange-newline") {
                    self.before_is_intro();
                } else if attributes.id.contains("lineBreakAtBeginningOfSignature") {
                    // Apple's signature has no element of its own: it goes on to the end of the one around it.
                    self.state.signature = true;
                    if let Some(open) = self.stack.last_mut() {
                        open.state.signature = true;
                    }
                }
                return true;
            }
            "hr" => {
                self.end_line();
                self.rule = true;
                return true;
            }
            _ => {}
        }
        let Some(element) = Element::of(name) else { return true };
        let attributes = Attributes::of(tag.attributes);
        let style: String =
            attributes.style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        self.imply_ends(element);
        let mark = Mark::of(name, &attributes, &style);
        if self.stack.len() >= NESTING {
            self.deeper += 1;
            if !element.is_inline() {
                self.end_line();
            }
            return self.deeper > 1;
        }
        let margin = element.has_margin() && !self.is_tight(&attributes, &style);
        match element {
            Element::Cell => self.next_cell(),
            Element::Link | Element::Span => {}
            Element::Item => {
                self.end_line();
                self.write("• ");
            }
            // The first block of a cell stays on its row's line.
            Element::Paragraph | Element::Block(_) if self.tab => {}
            _ => self.end_line(),
        }
        if margin && element != Element::Quote {
            self.paragraph = true;
        }
        if element == Element::Row {
            self.row = self.lines.len();
        }
        let outside = self.state;
        let mut state = outside;
        state.hidden |= attributes.hidden || hides(&style);
        state.pre |= element == Element::Block(Block::Pre) || style.contains("white-space:pre");
        state.table |= element == Element::Table;
        let divided = self.divided;
        self.mark(mark, &mut state, element);
        self.state = state;
        let column = self.line.len();
        let href = attributes.href;
        let from = self.lines.len();
        if let Some(count) = self.open_of(element) {
            *count += 1;
        }
        self.stack.push(Open { element, mark, state, outside, from, href, column, margin, divided });
        true
    }

    /// What an element's mark changes for the text in it.
    fn mark(&mut self, mark: Mark, state: &mut State, element: Element) {
        match mark {
            Mark::None => {}
            Mark::Signature => state.signature = true,
            Mark::Intro => {
                state.signature = false;
                // The container of the quote counted already.
                let within = self.stack.last().is_some_and(|open| open.mark == Mark::QuoteWithIntro);
                if within {
                    state.quote = state.quote.saturating_sub(1);
                    self.before_is_intro();
                }
            }
            Mark::Quote | Mark::QuoteWithIntro => {
                state.signature = false;
                let container = self.stack.iter_mut().rev().take(4).find(|open| open.mark == Mark::QuoteWithIntro);
                match container {
                    // `div.gmail_quote` holds the introduction and `blockquote.gmail_quote`: one quote, not two.
                    Some(open) if element == Element::Quote && open.element != Element::Quote => {
                        open.mark = Mark::Quote;
                        let (from, outside) = (open.from, open.outside_quote());
                        self.introduces(from, outside);
                    }
                    _ => state.quote = state.quote.saturating_add(1),
                }
            }
            Mark::Quoted => self.before_is_intro(),
            Mark::Divider | Mark::Border => {
                state.signature = false;
                self.end_line();
                self.rule = true;
                if !matches!(self.header, Some((Mark::Divider, 0))) {
                    self.header = Some((mark, 0));
                }
            }
        }
    }

    /// The lines of the innermost quote up to here introduce it, and are not quoted themselves.
    fn before_is_intro(&mut self) {
        self.end_line();
        let quote = self.stack.iter().rev().find(|open| matches!(open.mark, Mark::Quote | Mark::QuoteWithIntro));
        if let Some((from, outside)) = quote.map(|open| (open.from, open.outside_quote())) {
            self.introduces(from, outside);
        }
    }

    /// The lines from here on are no deeper than what they stand in.
    fn introduces(&mut self, from: usize, outside: u8) {
        self.end_line();
        let lines = self.lines.get_mut(from..).unwrap_or_default();
        if lines.iter().filter(|line| !line.text.is_empty()).count() <= DIVIDED {
            for line in lines {
                line.hints.quote = line.hints.quote.min(outside);
            }
        }
    }

    /// End tags that authors leave out.
    fn imply_ends(&mut self, element: Element) {
        if element.is_inline() {
            return;
        }
        let ends = |open: Element| match element {
            Element::Item => open == Element::Item || open == Element::Paragraph,
            Element::Cell => open == Element::Cell || open == Element::Paragraph,
            Element::Row => matches!(open, Element::Row | Element::Cell | Element::Paragraph),
            Element::Block(Block::Term) => matches!(open, Element::Block(Block::Term) | Element::Paragraph),
            _ => open == Element::Paragraph,
        };
        // Inline elements that were left open end with the paragraph they stand in.
        loop {
            let inline = self.stack.iter().rev().take_while(|open| open.element.is_inline()).count();
            let place = self.stack.len() - inline;
            if place == 0 || !self.stack.get(place - 1).is_some_and(|open| ends(open.element)) {
                return;
            }
            while self.stack.len() >= place {
                self.pop();
            }
        }
    }

    fn end(&mut self, name: &str) {
        let Some(element) = Element::of(name) else {
            if name == "br" {
                self.line_break();
            }
            return;
        };
        if self.deeper > 0 {
            self.deeper -= 1;
            if !element.is_inline() {
                self.end_line();
            }
            return;
        }
        if self.open_of(element).is_some_and(|open| *open == 0) {
            // An end without a start; that of a paragraph still ends the line.
            if element == Element::Paragraph {
                self.end_line();
            }
            return;
        }
        let in_table = matches!(element, Element::Table | Element::Row | Element::Cell);
        for (n, open) in self.stack.iter().rev().enumerate() {
            if open.element == element {
                for _ in 0..=n {
                    self.pop();
                }
                return;
            }
            // An inline element does not end a block, nor anything in a cell what lies around the table.
            let barrier = if element.is_inline() {
                !open.element.is_inline()
            } else {
                open.element == Element::Cell && !in_table
            };
            if barrier || open.element == Element::Table && element != Element::Table {
                return;
            }
        }
    }

    /// How many elements of this kind are open.
    fn open_of(&mut self, element: Element) -> Option<&mut usize> {
        let kind = match element {
            Element::Block(block) => block as usize,
            Element::Paragraph => 8,
            Element::Item => 9,
            Element::Quote => 10,
            Element::Table => 11,
            Element::Row => 12,
            Element::Cell => 13,
            Element::Link => 14,
            Element::Span => 15,
        };
        self.open.get_mut(kind)
    }

    fn pop(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        if let Some(count) = self.open_of(open.element) {
            *count = count.saturating_sub(1);
        }
        match open.element {
            Element::Link => self.link(&open),
            Element::Span => {}
            Element::Cell => self.cell_ends(),
            _ => self.end_line_later(),
        }
        if open.margin {
            self.paragraph = true;
        }
        self.state = open.outside;
        match open.mark {
            Mark::Quote | Mark::QuoteWithIntro => {
                self.end_line();
                self.divided = open.divided;
                if open.element == Element::Quote {
                    self.alone_is_intro(&open);
                }
            }
            Mark::Divider | Mark::Border => {
                self.end_line();
                if matches!(self.header, Some((_, lines)) if lines > 0) {
                    self.header_ends();
                }
            }
            Mark::Signature | Mark::Intro if !open.element.is_inline() => self.end_line(),
            Mark::Signature | Mark::Intro | Mark::Quoted | Mark::None => {}
        }
    }

    /// iOS puts the introducing line into a quote of its own.
    fn alone_is_intro(&mut self, open: &Open) {
        let lines = self.lines.get(open.from..).unwrap_or_default();
        let mut texts = lines.iter().map(|line| line.text.as_str()).filter(|text| !text.is_empty());
        let (intro, more) = (texts.next(), texts.next());
        if more.is_none() && intro.is_some_and(|intro| intro.ends_with(':') && intro.contains('@')) {
            self.introduces(open.from, open.outside_quote());
        }
    }

    /// A link to an address shows the address, unless its text does.
    fn link(&mut self, open: &Open) {
        let href = decode(open.href);
        let lower = href.get(..7).unwrap_or(&href).to_ascii_lowercase();
        let shown = self.line.get(open.column.min(self.line.len())..).unwrap_or_default().to_owned();
        let same_line = self.lines.len() == open.from;
        if lower.starts_with("mailto:") {
            let target = href.get(7..).unwrap_or_default().split('?').next().unwrap_or_default();
            let mut target = target.replace("%40", "@").replace("%20", "");
            // A browser leaves line breaks and tabs out of a link, too.
            target.retain(|c| !c.is_control());
            if let Some(address) = Address::parse(&target).filter(|_| same_line) {
                if shown.trim().is_empty() {
                    self.write(&target);
                } else if !shown.contains('@') && !shown.to_lowercase().contains(address.as_str()) {
                    self.write(&format!(" <{target}>"));
                }
            }
        } else if lower.starts_with("tel:") && same_line {
            let target = href.get(4..).unwrap_or_default().replace("%20", " ");
            let plain = target.len() < 40 && target.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
            if plain && !shown.chars().any(|c| c.is_ascii_digit()) {
                let gap = if shown.trim().is_empty() { "" } else { " " };
                self.write(&format!("{gap}{target}"));
            }
        }
    }

    /// Outlook on the web and Word set the room around paragraphs to nothing.
    fn is_tight(&self, attributes: &Attributes, style: &str) -> bool {
        self.tight
            || attributes.class.split_ascii_whitespace().any(|class| class.trim_start_matches("x_").starts_with("Mso"))
            || ["margin:0", "margin-top:0", "margin-bottom:0"].iter().any(|zero| style.contains(zero))
    }

    fn style_sheet(&mut self, css: &str) {
        let css: String =
            css.chars().take(64 << 10).filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        let rules = ["p{margin-top:0", "p{margin-bottom:0", "p{margin:0"];
        self.tight |= rules.iter().any(|rule| {
            css.match_indices(rule)
                .any(|(at, _)| at == 0 || matches!(css.as_bytes().get(at - 1), Some(b'}' | b',' | b'>')))
        });
    }

    fn text(&mut self, text: &str) {
        if self.state.hidden {
            return;
        }
        let mut rest = text;
        // Mostly, there is nothing to decode.
        let decoded;
        if memchr(b'&', rest.as_bytes()).is_some() {
            decoded = decode(rest);
            rest = &decoded;
        }
        if self.state.pre {
            let mut first = true;
            for line in rest.split('\n') {
                if !first {
                    self.line_break();
                }
                first = false;
                if !line.is_empty() {
                    self.write(line.trim_end_matches('\r'));
                }
            }
            return;
        }
        while !rest.is_empty() {
            let spaces = rest.len() - rest.trim_start_matches(is_space).len();
            if spaces > 0 {
                self.space = true;
                rest = rest.get(spaces..).unwrap_or_default();
                continue;
            }
            let end = rest.bytes().position(|b| b.is_ascii_whitespace()).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            self.write(word);
            rest = after;
        }
    }

    /// Writes visible text on the line, after whatever was waiting for it.
    fn write(&mut self, text: &str) {
        if self.ended {
            self.end_line();
        }
        if self.hints.is_none() {
            let State { quote, signature, table, .. } = self.state;
            let quote = quote.saturating_add(self.divided);
            let (rule, paragraph) = (std::mem::take(&mut self.rule), std::mem::take(&mut self.paragraph));
            if paragraph && !self.lines.is_empty() && self.empty == 0 {
                self.push_empty();
            }
            self.hints = Some(Hints { quote, signature, rule, table, paragraph });
        }
        if std::mem::take(&mut self.tab) {
            self.line.push('\t');
        } else if self.space && !self.line.is_empty() && !self.line.ends_with(['\t', ' ']) {
            self.line.push(' ');
        }
        self.space = false;
        if self.line.len() + text.len() > text::LINE {
            self.too_long = true;
            return;
        }
        // Marks that take no room: line break opportunities, joiners of preview texts.
        self.line.extend(text.chars().filter(|c| !matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}' | '\u{34f}' | '\0')));
    }

    fn line_break(&mut self) {
        if self.state.hidden {
            return;
        }
        if self.ended {
            self.end_line();
        }
        if self.hints.is_none() {
            self.paragraph = false;
            self.push_empty();
        } else {
            self.flush();
        }
    }

    /// Ends the line if there is one.
    fn end_line(&mut self) {
        (self.ended, self.tab) = (false, false);
        if self.hints.is_some() {
            self.flush();
        }
        self.space = false;
    }

    /// Ends the line if more text follows, other than that of the next cell.
    fn end_line_later(&mut self) {
        self.ended |= self.hints.is_some();
    }

    fn cell_ends(&mut self) {
        self.space = false;
    }

    /// A cell that follows one of a single line goes on in that line.
    fn next_cell(&mut self) {
        let single = self.lines.len() == self.cell.max(self.row) && self.hints.is_some();
        if single {
            (self.ended, self.tab) = (false, true);
        } else {
            self.end_line();
        }
        self.cell = self.lines.len();
    }

    fn flush(&mut self) {
        let Some(mut hints) = self.hints.take() else { return };
        self.space = false;
        let trimmed = self.line.trim();
        let text = if trimmed.contains('\u{a0}') { trimmed.replace('\u{a0}', " ") } else { trimmed.to_owned() };
        self.line.clear();
        if text.is_empty() {
            self.rule |= hints.rule;
            self.push_empty();
            return;
        }
        if let Some((mark, lines)) = self.header {
            if lines == 0 && mark == Mark::Border && !introduces(&text) {
                // A line drawn for its looks.
                self.header = None;
            } else if lines == 0 && !introduces(&text) || lines > 0 && (lines > DIVIDED || !is_field(&text)) {
                self.header_ends();
                hints.quote = hints.quote.saturating_add(1);
            } else {
                self.header = Some((mark, lines + 1));
            }
        }
        self.empty = 0;
        self.lines.push(Line { text, hints });
    }

    fn push_empty(&mut self) {
        if matches!(self.header, Some((_, lines)) if lines > 0) {
            self.header_ends();
        }
        if self.empty < EMPTY {
            let State { quote, signature, table, .. } = self.state;
            let quote = quote.saturating_add(self.divided);
            self.lines.push(Line { text: String::new(), hints: Hints { quote, signature, table, ..Hints::default() } });
            self.empty += 1;
        }
    }

    /// From here on, everything is quoted.
    fn header_ends(&mut self) {
        self.header = None;
        self.divided = self.divided.saturating_add(1);
    }

    fn finish(mut self, hit: &mut dyn FnMut(ProblemKind)) -> Vec<Line> {
        while !self.stack.is_empty() {
            self.pop();
        }
        self.end_line();
        if self.too_long {
            hit(ProblemKind::LineTooLong);
        }
        let is_empty = |line: &Line| line.text.is_empty();
        let last = self.lines.iter().rposition(|line| !is_empty(line)).map_or(0, |last| last + 1);
        self.lines.truncate(last);
        let first = self.lines.iter().position(|line| !is_empty(line)).unwrap_or(0);
        self.lines.drain(..first);
        self.lines
    }
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

/// Character references, as the HTML standard says.
fn decode(text: &str) -> std::borrow::Cow<'_, str> {
    htmlize::unescape(text)
}

/// Whether a style keeps its element from being seen.
fn hides(style: &str) -> bool {
    let zero = |property: &str| {
        style.match_indices(property).any(|(at, _)| {
            let value = style.get(at + property.len()..).unwrap_or_default();
            let end = value.find(';').unwrap_or(value.len());
            matches!(value.get(..end), Some("0" | "0px" | "0pt" | "0em" | "0%" | "0!important" | "0px!important"))
        })
    };
    !style.is_empty()
        && (style.contains("display:none")
            || style.contains("visibility:hidden")
            || zero("font-size:")
            || zero("opacity:")
            || zero("max-height:") && style.contains("overflow:hidden"))
}

/// `From: ...`, `Gesendet: ...`: a line of a reply's header.
fn is_field(text: &str) -> bool {
    text.split_once(':').is_some_and(|(label, _)| {
        label.chars().count() <= 20
            && label.split_whitespace().count() <= 3
            && !label.contains(|c: char| c.is_ascii_digit())
    })
}

/// Whether a line can be the first of a reply's header.
fn introduces(text: &str) -> bool {
    is_field(text) || text.ends_with(':') || text.starts_with("---") || text.starts_with("___")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line with its hints before it: a digit for the quote depth, s(ignature), r(ule), t(able).
    fn read(html: &str) -> String {
        let shown = lines(html, text::LINES, &mut |_| {}).into_iter().map(|line| {
            let Hints { quote, signature, rule, table, .. } = line.hints;
            let marks = [(signature, 's'), (rule, 'r'), (table, 't')].into_iter().filter(|(on, _)| *on).map(|(_, c)| c);
            let marks: String = quote.to_string().chars().filter(|c| *c != '0').chain(marks).collect();
            format!("{marks}|{}\n", line.text)
        });
        shown.collect()
    }

    fn check(html: &str, want: &str) {
        assert_eq!(read(html), want, "{html}");
    }

    #[test]
    fn blocks_breaks_and_spaces() {
        check("<div>a\n  b</div><div>c<br></div><div><br></div><div>d</div>", "|a b\n|c\n|\n|d\n");
        check("<p>a<p>b</p>c", "|a\n|\n|b\n|\n|c\n");
        check(
            "<p class=MsoNormal>a</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>b</p>",
            "|a\n|\n|b\n",
        );
        check("<style>P {margin-top:0;margin-bottom:0;}</style><p>a</p><p>b</p>", "|a\n|b\n");
        check("a<br/>b&nbsp;&nbsp;c<BR>&lt;d&gt; &auml;&#8364;", "|a\n|b  c\n|<d> ä€\n");
        check("<b>Anna</b><i> Lee</i>", "|Anna Lee\n");
        check("<ul><li>a<li>b</ul>c", "|• a\n|• b\n|\n|c\n");
        check("<pre>a  b\nc\n</pre>", "|a  b\n|c\n");
    }

    #[test]
    fn what_is_not_seen_is_not_read() {
        check(
            "<head><title>t</title><style>p{}</style></head><!-- c --><!--[if mso]>m<![endif]--><script>s</script>\
             <div style='display: none'>h<div>h</div></div><span style=\"font-size:0px\">h</span>a",
            "|a\n",
        );
        check("a < b <3 <!doctype x>c", "|a < b <3 c\n");
        check("a<a href='x>y'>b</a", "|ab\n");
    }

    #[test]
    fn addresses_of_links() {
        check("<a href=\"mailto:ann@firm.example\">ann@firm.example</a>", "|ann@firm.example\n");
        check("<a href=\"mailto:ann@firm.example?subject=x\">E-Mail</a>", "|E-Mail <ann@firm.example>\n");
        check("<a href='mailto:ann@firm.\nexample'></a>", "|ann@firm.example\n");
        check("<a href=mailto:ann@firm.example><img src=x></a> b", "|ann@firm.example b\n");
        check("<a href=\"tel:+49%20511%205550210\">Call</a>", "|Call +49 511 5550210\n");
    }

    #[test]
    fn tables() {
        check(
            "<table><tr><td>Tel.:</td><td>1</td></tr><tr><td><p class=MsoNormal>Fax:</p></td>\n<td><p class=MsoNormal>2</p></td></tr></table>x",
            "t|Tel.:\t1\nt|Fax:\t2\n|x\n",
        );
        // A logo beside the lines of a signature.
        check("<table><tr><td><img></td><td>Ann Lee<br>Sales</td></tr></table>", "t|Ann Lee\nt|Sales\n");
        check("<table><tr><td>a<br>b</td><td>c<br>d</td></tr></table>", "t|a\nt|b\nt|c\nt|d\n");
    }

    #[test]
    fn gmail() {
        check(
            "<div dir=\"ltr\">Hi<div><br clear=\"all\"><div><span class=\"gmail_signature_prefix\">-- </span><br>\
             <div dir=\"ltr\" class=\"gmail_signature\" data-smartmail=\"gmail_signature\"><div dir=\"ltr\">Ann Lee</div></div></div></div></div>\
             <br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">On Tue, Bo wrote:<br></div>\
             <blockquote class=\"gmail_quote\" style=\"margin:0\"><div>Hello</div>\
             <div class=\"gmail_quote\"><div class=\"gmail_attr\">On Mon, Ann wrote:<br></div><blockquote class=\"gmail_quote\">Old</blockquote></div>\
             </blockquote></div>after",
            "|Hi\n|\ns|--\ns|Ann Lee\n|\n|On Tue, Bo wrote:\n1|Hello\n1|On Mon, Ann wrote:\n2|Old\n|after\n",
        );
        // Before gmail_attr; and a forwarded message has no blockquote.
        check(
            "<div class=\"gmail_quote\">On Tue, Bo wrote:<br><blockquote class=\"gmail_quote\">Hello</blockquote></div>",
            "|On Tue, Bo wrote:\n1|Hello\n",
        );
        check(
            "<div class=\"gmail_quote\"><div class=\"gmail_attr\">---------- Forwarded message ---------<br>Von: Bo</div><br>Hello</div>",
            "|---------- Forwarded message ---------\n|Von: Bo\n1|\n1|Hello\n",
        );
        check(
            "<blockquote style=\"margin: 0 0 0 40px; border: none; padding: 0px;\">indented</blockquote>",
            "|indented\n",
        );
    }

    #[test]
    fn outlook() {
        check(
            "<div class=WordSection1><p class=MsoNormal>Hi</p><p class=MsoNormal>Ann Lee</p>\
             <div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>\
             <p class=MsoNormal><b>Von:</b> Bo &lt;bo@firm.example&gt; <br><b>Gesendet:</b> Dienstag<br><b>An:</b> Ann<br><b>Betreff:</b> x</p></div></div>\
             <p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Hello</p>\
             <div><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>From:</b> Ann<br><b>Sent:</b> y</p></div></div>\
             <p class=MsoNormal>Older: it is</p></div>",
            "|Hi\n|Ann Lee\nr|Von: Bo <bo@firm.example>\n|Gesendet: Dienstag\n|An: Ann\n|Betreff: x\n1|\n1|Hello\n\
             1r|From: Ann\n1|Sent: y\n2|Older: it is\n",
        );
        // The web client; what it quotes has `x_` before its names.
        check(
            "<div>Hi</div><div id=\"Signature\"><div>Ann</div></div><div id=\"appendonsend\"></div><hr style=\"width:98%\">\
             <div id=\"divRplyFwdMsg\" dir=\"ltr\"><font><b>From:</b> Bo<br><b>Sent:</b> x</font><div>&nbsp;</div></div>\
             <div class=\"x_gmail_quote\">Hello<div id=\"x_Signature\">Bo</div></div>",
            "|Hi\ns|Ann\nr|From: Bo\n|Sent: x\n1|\n2|Hello\n2s|Bo\n",
        );
        // A line drawn above a signature is no divider.
        check(
            "<p class=MsoNormal>Hi</p><div style='border:none;border-top:solid red 1pt'><p class=MsoNormal>Ann Lee</p></div>\
             <p class=MsoNormal>Sales</p>",
            "|Hi\nr|Ann Lee\n|Sales\n",
        );
    }

    #[test]
    fn apple() {
        check(
            "<div>Hi<br><br id=\"lineBreakAtBeginningOfSignature\"><div dir=\"ltr\">Von meinem iPhone</div>\
             <div dir=\"ltr\"><br><blockquote type=\"cite\">Am 4. M&auml;rz schrieb Bo &lt;bo@firm.example&gt;:<br><br></blockquote></div>\
             <blockquote type=\"cite\"><div dir=\"ltr\">Hello</div></blockquote></div>",
            "|Hi\n|\ns|Von meinem iPhone\ns|\n|Am 4. März schrieb Bo <bo@firm.example>:\n|\n1|Hello\n",
        );
        check(
            "Hi<div><br><blockquote type=\"cite\"><div>On 4 Mar, Bo wrote:</div><br class=\"Apple-interchange-newline\">\
             <div>Hello</div></blockquote></div>",
            "|Hi\n|\n|On 4 Mar, Bo wrote:\n|\n1|Hello\n",
        );
    }

    #[test]
    fn thunderbird_and_gmx() {
        check(
            "<p>Hi</p><div class=\"moz-cite-prefix\">Am 4. schrieb Bo:<br></div><blockquote type=\"cite\" cite=\"mid:x\">\
             <pre class=\"moz-quote-pre\">Hello\n</pre><div class=\"moz-signature\">-- <br>Bo</div></blockquote>\
             <pre class=\"moz-signature\" cols=\"72\">-- \nAnn Lee</pre>",
            "|Hi\n|\n|Am 4. schrieb Bo:\n1|\n1|Hello\n1s|\n1s|--\n1s|Bo\ns|\ns|--\ns|Ann Lee\n",
        );
        check(
            "<div>Hi</div><div class=\"signature\">Ann<div><div name=\"quote\" style=\"margin:10px\"><div><b>Gesendet:</b> x<br><b>Von:</b> Bo</div>\
             <div name=\"quoted-content\">Hello</div></div></div></div>",
            "|Hi\ns|Ann\n|Gesendet: x\n|Von: Bo\n1|Hello\n",
        );
    }

    #[test]
    fn depth_costs_hints_alone() {
        let mut hits = Vec::new();
        let html = format!("{}a{}<div>b</div>", "<div>".repeat(5000), "</div>".repeat(5000));
        let lines = lines(&html, text::LINES, &mut |kind| hits.push(kind));
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!((texts, hits), (vec!["a", "b"], vec![ProblemKind::TooDeep]));
    }
}
