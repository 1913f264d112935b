//! What is known of the larger providers of mail: where their servers are, and what a user has to do there first.
//!
//! From their help pages and from others' reports; none of it was tried with an account. As of November 2026.

/// One provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    pub id: &'static str,
    pub name: &'static str,
    pub host: &'static str,
    /// Ends of other names under which its servers are reached.
    pub hosts: &'static [&'static str],
    /// It takes access tokens and no passwords.
    pub tokens_only: bool,
    /// What the user has to do, or to grant, before anything can be read.
    pub grant: &'static str,
    /// What is peculiar to it, and what comes of that here.
    pub quirk: &'static str,
}

/// Always TLS from the first byte.
pub const PORT: u16 = 993;

/// All of them, by name.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        id: "gmail",
        name: "Gmail",
        host: "imap.gmail.com",
        hosts: &["gmail.com", "googlemail.com"],
        tokens_only: false,
        grant: "Gmail takes no account password: switch 2-step verification on and make an app password, or set `auth: oauth2` and \
                `token_command:` with the scope https://mail.google.com/",
        quirk: "every message lies in All Mail as well and is fetched once; 2.5 GB a day can be fetched",
    },
    Provider {
        id: "gmx",
        name: "GMX",
        host: "imap.gmx.net",
        hosts: &["gmx.net", "gmx.com", "gmx.de"],
        tokens_only: false,
        grant: "switch POP3/IMAP on in the web settings (E-Mail, POP3/IMAP Abruf); with two-factor login make an \
                application password",
        quirk: "a right password is refused as long as IMAP is switched off",
    },
    Provider {
        id: "icloud",
        name: "iCloud",
        host: "imap.mail.me.com",
        hosts: &["me.com", "icloud.com"],
        tokens_only: false,
        grant: "make an app-specific password at account.apple.com; the user name is what stands before the @",
        quirk: "it is said to mark messages as read that are only looked at: the first unread one is tried, and if it \
                turns, nothing more is read",
    },
    Provider {
        id: "ionos",
        name: "IONOS",
        host: "imap.ionos.de",
        hosts: &["ionos.de", "ionos.com", "1und1.de"],
        tokens_only: false,
        grant: "the password of the mailbox, not that of the customer account",
        quirk: "few connections at once; one is used",
    },
    Provider {
        id: "mailbox.org",
        name: "mailbox.org",
        host: "imap.mailbox.org",
        hosts: &["mailbox.org"],
        tokens_only: false,
        grant: "the account's password; with two-factor login make an application password",
        quirk: "an encrypted inbox shows senders and recipients, and no signatures",
    },
    Provider {
        id: "outlook",
        name: "Microsoft 365, Outlook.com",
        host: "outlook.office365.com",
        hosts: &["office365.com", "outlook.com", "hotmail.com"],
        tokens_only: true,
        grant: "Microsoft takes no passwords over IMAP: set `auth: oauth2` and `token_command:` with the scope \
                https://outlook.office.com/IMAP.AccessAsUser.All; an administrator may have to allow IMAP for the mailbox",
        quirk: "no compression; it says OK to a wrong login and then is not connected, and asks to wait when it is busy",
    },
    Provider {
        id: "posteo",
        name: "Posteo",
        host: "posteo.de",
        hosts: &["posteo.de", "posteo.net"],
        tokens_only: false,
        grant: "the account's password; additional mailbox protection (zusätzlicher Postfachschutz) must allow IMAP",
        quirk: "stored mail that is encrypted is read like any other after login",
    },
    Provider {
        id: "t-online",
        name: "Telekom",
        host: "secureimap.t-online.de",
        hosts: &["t-online.de"],
        tokens_only: false,
        grant: "the password for mail programs (Passwort für E-Mail-Programme), to be set in the customer centre; it is \
                not that of the login",
        quirk: "none is known",
    },
    Provider {
        id: "web.de",
        name: "WEB.DE",
        host: "imap.web.de",
        hosts: &["web.de"],
        tokens_only: false,
        grant: "switch POP3/IMAP on in the web settings (E-Mail, POP3/IMAP Abruf); with two-factor login make an \
                application password",
        quirk: "a right password is refused as long as IMAP is switched off",
    },
    Provider {
        id: "yahoo",
        name: "Yahoo, AOL",
        host: "imap.mail.yahoo.com",
        hosts: &["mail.yahoo.com", "aol.com"],
        tokens_only: false,
        grant: "make an app password in the account's security settings",
        quirk: "it refuses single messages for ever: they are counted as not delivered, and the others are read",
    },
];

impl Provider {
    /// The provider of this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.id == id)
    }

    /// Whose server this is.
    pub fn of_host(host: &str) -> Option<&'static Self> {
        let host = host.to_ascii_lowercase();
        let is = |end: &&str| host.strip_suffix(*end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        PROVIDERS.iter().find(|provider| provider.hosts.iter().any(is))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_is_found_by_its_own_server_and_no_other() {
        for provider in PROVIDERS {
            assert_eq!(Provider::of_host(provider.host), Some(provider), "{}", provider.id);
            assert_eq!(Provider::find(provider.id), Some(provider));
            assert!(provider.grant.len() > 20 && !provider.grant.contains("  "), "{}", provider.id);
        }
        assert!(PROVIDERS.is_sorted_by_key(|provider| provider.id));
        assert_eq!(Provider::of_host("IMAP.GMAIL.COM").map(|found| found.id), Some("gmail"));
        for other in ["notgmail.com", "gmail.com.evil.example", "mail.firm.example", ""] {
            assert_eq!(Provider::of_host(other), None, "{other}");
        }
    }
}
