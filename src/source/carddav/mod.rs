//! Reading an address book over CardDAV: found from any address of the server, read and never written, from a server
//! that need not be well-behaved.
//!
//! - `http`: what may go out (two verbs that read), framing and bounds. - `dav`: what is asked, and what an answer says.

mod dav;
mod http;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use self::dav::Found;
use self::http::{Client, Verb};
use super::SourceError;
use super::contacts::{AddressBook, Cards};
use super::imap::Trust;
use crate::net::Egress;

/// How much is taken of a server, and how long is waited.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one answer.
    pub answer: usize,
    /// Address books.
    pub books: usize,
    /// Entries in all.
    pub entries: usize,
    /// For TCP, and again for TLS.
    pub connect: Duration,
    /// For a whole answer, however steadily it drips.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: 32 << 20,
            books: 100,
            entries: 200_000,
            connect: Duration::from_secs(20),
            wait: Duration::from_secs(120),
        }
    }
}

/// Everything that is needed to read the address books of one account.
#[derive(Clone)]
pub struct Settings {
    url: Url,
    pub trust: Trust,
    pub user: String,
    pub password: SecretString,
    pub limits: Limits,
}

impl Settings {
    /// The usual settings; `None` if `url` cannot be an address of a CardDAV server: it is `https`, or `http` for this
    /// machine itself, and bears no user and no password.
    pub fn new(url: &str, user: &str, password: SecretString) -> Option<Self> {
        let url = address(url)?;
        Some(Self { url, trust: Trust::System, user: user.to_owned(), password, limits: Limits::default() })
    }

    /// Host and port.
    pub fn host(&self) -> (&str, u16) {
        place(&self.url)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Path and user name are personal data.
        write!(f, "Settings({:?})", self.host())
    }
}

/// Reads an address of a server; see [`Settings::new`].
pub fn address(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let loopback = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let allowed = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    if !allowed || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_fragment(None);
    Some(url)
}

fn place(url: &Url) -> (&str, u16) {
    (url.host_str().unwrap_or_default().trim_matches(['[', ']']), url.port_or_known_default().unwrap_or(443))
}

/// The address books of an account.
pub struct CardDav {
    settings: Settings,
    egress: Egress,
}

/// What came of reading them.
#[derive(Debug)]
pub struct Fetched {
    pub book: AddressBook,
    /// Every `host:port` that was connected to.
    pub hosts: Vec<String>,
    /// What was asked, by verb.
    pub requests: BTreeMap<String, u64>,
}

/// Entries that are asked for at once.
const BATCH: usize = 100;

impl CardDav {
    /// Nothing is connected to before it is read.
    pub fn new(settings: Settings) -> Self {
        let egress = Egress::new([settings.host()]);
        Self { settings, egress }
    }

    /// The TCP port that it connects to.
    pub fn port(&self) -> u16 {
        self.settings.host().1
    }

    /// Looks the host up now, so that no name need be looked up while mail is read.
    ///
    /// # Errors
    /// [`SourceError::Unreachable`] where the name has no address.
    pub async fn look_up(&mut self) -> Result<(), SourceError> {
        let patience = self.settings.limits.connect;
        let unreachable = |cause| SourceError::Unreachable { host: self.settings.host().0.to_owned(), cause };
        self.egress.look_up(patience).await.map_err(unreachable)
    }

    /// Reads every address book of the account, or the one that the address names. `country` as in
    /// [`super::contacts::open`].
    ///
    /// # Errors
    /// If the server cannot be reached, refuses, breaks the protocol, or has no address book there.
    pub async fn read(&self, country: Option<&str>) -> Result<Fetched, SourceError> {
        let mut talk = Talk { client: Client::new(&self.settings, &self.egress), at: self.settings.url.clone() };
        let books = talk.books().await?;
        let mut cards = Cards::new(country);
        let mut left = self.settings.limits.entries;
        for book in books.iter().take(self.settings.limits.books) {
            let entries = talk.entries(book).await?;
            let wanted = entries.len().min(left);
            left -= wanted;
            cards.missing(entries.len() - wanted);
            for batch in entries.get(..wanted).unwrap_or_default().chunks(BATCH) {
                talk.cards(book, batch, &mut cards).await?;
            }
        }
        cards.missing(books.len().saturating_sub(self.settings.limits.books));
        let requests = talk.client.requests().clone();
        Ok(Fetched { book: cards.finish(), hosts: self.egress.contacted(), requests })
    }
}

/// One conversation with a server.
struct Talk<'a> {
    client: Client<'a>,
    at: Url,
}

impl Talk<'_> {
    /// The address books: the one at the address, those below it, those of the user's home, or what the well-known
    /// address leads to (RFC 6764).
    async fn books(&mut self) -> Result<Vec<Url>, SourceError> {
        let start = self.at.clone();
        let mut tried = self.find(&start).await?;
        if tried.is_none() && start.path() == "/" {
            let known = self.resolved(&start, "/.well-known/carddav");
            if let Some(known) = known {
                tried = self.find(&known).await?;
            }
        }
        tried.filter(|books| !books.is_empty()).ok_or_else(|| self.protocol("it shows no address book at this address"))
    }

    /// What an address leads to; `None`: to nothing that is known of CardDAV.
    async fn find(&mut self, at: &Url) -> Result<Option<Vec<Url>>, SourceError> {
        let Some((at, found)) = self.look(at, 0).await? else { return Ok(None) };
        let Some(own) = found.first() else { return Ok(None) };
        if own.is_book {
            return Ok(Some(vec![at]));
        }
        let mut homes = own.homes.clone();
        if let (true, Some(principal)) =
            (homes.is_empty(), own.principal.as_ref().and_then(|href| self.resolved(&at, href)))
            && let Some((_, found)) = self.look(&principal, 0).await?
        {
            homes = found.into_iter().flat_map(|one| one.homes).collect();
        }
        let mut places: Vec<Url> = homes.iter().filter_map(|href| self.resolved(&at, href)).collect();
        if places.is_empty() && own.is_collection {
            places.push(at);
        }
        let mut books = BTreeSet::new();
        for place in places.iter().take(10) {
            let Some((place, found)) = self.look(place, 1).await? else { continue };
            let below = found.iter().filter(|one| one.is_book);
            books.extend(below.filter_map(|one| self.resolved(&place, &one.href)));
        }
        Ok(Some(books.into_iter().collect()))
    }

    /// The addresses of all entries of a book.
    async fn entries(&mut self, book: &Url) -> Result<Vec<String>, SourceError> {
        let Some((at, found)) = self.look(book, 1).await? else {
            return Err(self.protocol("an address book cannot be listed"));
        };
        let entries = found.into_iter().filter(|one| !one.is_collection && !one.is_book && one.is_card());
        let own = |href: &str| self.resolved(&at, href).is_some_and(|url| url.path() != at.path());
        Ok(entries.map(|one| one.href).filter(|href| own(href)).collect())
    }

    /// Fetches entries. One that does not come is counted as one that could not be read.
    async fn cards(&mut self, book: &Url, hrefs: &[String], cards: &mut Cards) -> Result<(), SourceError> {
        let answer = self.client.ask(Verb::Report, book.path(), &dav::multiget(hrefs)).await?;
        if answer.status != 207 {
            return Err(self.refused(answer.status));
        }
        let found = dav::multistatus(&answer.body).map_err(|what| self.protocol(what))?;
        let mut came = 0;
        for text in found.iter().filter_map(|one| one.card.as_deref()).take(hrefs.len()) {
            came += 1;
            cards.card(text);
        }
        cards.missing(hrefs.len() - came);
        Ok(())
    }

    /// Asks what there is at an address, following redirects on this host; `None` where there is nothing.
    async fn look(&mut self, at: &Url, depth: u8) -> Result<Option<(Url, Vec<Found>)>, SourceError> {
        let mut at = at.clone();
        for _ in 0..5 {
            let answer = self.client.ask(Verb::Propfind { depth }, at.path(), dav::PROPFIND).await?;
            match answer.status {
                207 => {
                    let found = dav::multistatus(&answer.body).map_err(|what| self.protocol(what))?;
                    return Ok(Some((at, found)));
                }
                301 | 302 | 303 | 307 | 308 => {
                    let location = answer.location.unwrap_or_default();
                    let Some(next) = self.resolved(&at, &location) else {
                        return Err(self.protocol(
                            "it redirects to another host, which is not followed; name that one if it is right",
                        ));
                    };
                    at = next;
                }
                404 | 405 | 410 | 501 => return Ok(None),
                status => return Err(self.refused(status)),
            }
        }
        Err(self.protocol("it redirects without end"))
    }

    /// An address that an answer names, if it is on the configured host.
    fn resolved(&self, base: &Url, href: &str) -> Option<Url> {
        let mut url = base.join(href).ok()?;
        url.set_fragment(None);
        url.set_query(None);
        (url.scheme() == self.at.scheme() && place(&url) == place(&self.at)).then_some(url)
    }

    fn refused(&self, status: u16) -> SourceError {
        let host = place(&self.at).0.to_owned();
        match status {
            401 | 403 => SourceError::Login {
                host,
                hint: "check user name and password of the address book; some providers want an app password"
                    .to_owned(),
            },
            429 | 503 => SourceError::TryLater { host },
            500.. => self.protocol("it failed inside"),
            _ => self.protocol("it does not answer as a CardDAV server"),
        }
    }

    fn protocol(&self, what: &str) -> SourceError {
        SourceError::Protocol { host: place(&self.at).0.to_owned(), what: what.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_or_of_this_machine_and_bears_no_secret() {
        for good in [
            "https://dav.firm.example",
            "https://dav.firm.example:8443/ann/",
            "http://localhost:5232/",
            "http://[::1]/",
        ] {
            assert!(address(good).is_some(), "{good}");
        }
        for bad in [
            "http://dav.firm.example/",
            "https://ann:pw@dav.firm.example/",
            "https://ann@dav.firm.example/",
            "ftp://localhost/",
            "dav.firm.example",
            "http://localhost.evil.example/",
            "https://",
        ] {
            assert!(address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn no_answer_leads_to_another_host() {
        let settings = Settings::new("https://dav.firm.example/ann/", "ann", "pw".to_owned().into()).expect("is one");
        let egress = Egress::default();
        let talk = Talk { client: Client::new(&settings, &egress), at: settings.url.clone() };
        let at = |href: &str| talk.resolved(&talk.at, href).map(|url| url.path().to_owned());
        assert_eq!(at("book/"), Some("/ann/book/".into()));
        assert_eq!(at("/other book/ü"), Some("/other%20book/%C3%BC".into()));
        assert_eq!(at("https://dav.firm.example:443/x"), Some("/x".into()));
        for other in [
            "https://evil.example/x",
            "//evil.example/x",
            "http://dav.firm.example/x",
            "https://dav.firm.example:8443/",
            "\\\\evil.example\\x",
        ] {
            assert_eq!(at(other), None, "{other}");
        }
    }
}
