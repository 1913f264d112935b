//! Decides when two addresses are one: spelling, plus tags, Gmail dots, and which domain somebody owns.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// An e-mail address in one spelling: lower case, its domain in ASCII (IDNA).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Shared: an address stands in many places of an analysis.
    text: Arc<str>,
    at: u16,
}

impl Address {
    /// Reads `local@domain`, without a display name. `None` if it cannot be an address anybody could write to.
    ///
    /// Source of the limits: RFC 5321, 4.5.3.1 (64 and 255 octets); a local part of up to 128 is let through,
    /// because real systems make them (bounce and list addresses).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches(|c| matches!(c, '<' | '>' | '\'' | '"' | ',' | ';'));
        let text = text.strip_prefix("mailto:").unwrap_or(text);
        let (local, domain) = text.rsplit_once('@')?;
        let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '@' | '(' | ')');
        if local.is_empty() || local.len() > 128 || local.chars().any(bad) {
            return None;
        }
        let domain = domain.trim_end_matches('.');
        if domain.is_empty() || domain.len() > 255 || domain.chars().any(bad) {
            return None;
        }
        let domain = idna::domain_to_ascii(domain).ok()?;
        if domain.starts_with('.') || domain.contains("..") {
            return None;
        }
        let local = local.to_lowercase();
        let at = u16::try_from(local.len()).ok()?;
        Some(Self { text: format!("{local}@{domain}").into(), at })
    }

    /// An address as [`Address::as_str`] gave it, without reading it anew: not every spelling of one survives that.
    pub fn stored(text: &str) -> Option<Self> {
        let at = text.find('@').filter(|at| *at > 0)?;
        Some(Self { text: text.into(), at: u16::try_from(at).ok()? })
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        &self.text[..usize::from(self.at)]
    }

    /// What stands behind the `@`, in ASCII.
    pub fn domain(&self) -> &str {
        &self.text[usize::from(self.at) + 1..]
    }

    /// The domain that its owner registered; see [`registrable`].
    pub fn registrable(&self) -> &str {
        registrable(self.domain())
    }

    /// The mailbox behind the spelling: without a plus tag, and at Gmail without dots.
    pub fn canonical(&self) -> Self {
        let domain = match self.domain() {
            "googlemail.com" => "gmail.com",
            other => other,
        };
        let base = match self.local().split_once('+') {
            Some((base, _)) if !base.is_empty() => base,
            _ => self.local(),
        };
        let local = if domain == "gmail.com" { Cow::from(base.replace('.', "")) } else { Cow::from(base) };
        if local.is_empty() {
            return self.clone();
        }
        // Nearly always: then it is one text, held once.
        if domain == self.domain() && local == self.local() {
            return self.clone();
        }
        let at = u16::try_from(local.len()).unwrap_or(self.at);
        Self { text: format!("{local}@{domain}").into(), at }
    }
}

/// The domain that somebody registered: `mail.firm.co.uk` is `firm.co.uk`.
///
/// Tenants of `onmicrosoft.com` stay apart, and an IP address is returned as it is. A name without a known
/// suffix (`host.example`) keeps its last two labels.
pub fn registrable(domain: &str) -> &str {
    if domain.starts_with('[') || domain.parse::<IpAddr>().is_ok() {
        return domain;
    }
    if let Some(tenant) = domain.strip_suffix(".onmicrosoft.com") {
        let start = tenant.rfind('.').map_or(0, |dot| dot + 1);
        return &domain[start..];
    }
    psl::domain_str(domain).unwrap_or(domain)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Nobody's address stands in a log or a panic text.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Address::parse(text).map_or_else(|| "none".into(), |a| a.canonical().to_string())
    }

    #[test]
    fn one_mailbox_has_one_spelling() {
        assert_eq!(canonical("Ann.Lee+list@GoogleMail.com"), "annlee@gmail.com");
        assert_eq!(canonical("<Bo@Müller-Bau.example>"), "bo@xn--mller-bau-q9a.example");
        assert_eq!(canonical("bo+tag@firm.example"), "bo@firm.example");
        assert_eq!(canonical("+only@firm.example"), "+only@firm.example");
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in ["", "@", "a@", "@b.example", "a b@c.example", "a@b@", "a@b..c", "two@a.example, x@b.example"] {
            assert!(Address::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn registrable_domains() {
        assert_eq!(registrable("mail.firm.co.uk"), "firm.co.uk");
        assert_eq!(registrable("a.b.firm.example"), "firm.example");
        assert_eq!(registrable("192.168.1.1"), "192.168.1.1");
        assert_eq!(registrable("eu.tenant.onmicrosoft.com"), "tenant.onmicrosoft.com");
    }

    #[test]
    fn debug_tells_nothing() {
        let shown = format!("{:?}", Address::parse("cara@else.example"));
        assert!(!shown.contains("cara"), "{shown}");
    }
}
