//! Decides how the user comes to an access token with a client id of their own: whom to ask, what to show, and where the
//! refresh token goes: to a command of the user's, and to no file of ours.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::secret::{self, Kind};
use super::{Failure, Granted, Outcome};
use crate::config::{Account, OAuth as Config};
use crate::source::imap::{Asking, Provider, Renewal, Trust};
use crate::source::oauth::{Ask, Flow, OAuth, OAuthError, Settings};

/// How long a person may take to say yes.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// The access token, the hosts that were asked for it, and how it is renewed.
pub async fn token(account: &Account, config: &Config, trust: Trust) -> Result<Granted, Failure> {
    let mut settings = settings(account, config, trust)?;
    if let Some(command) = &config.client_secret_command {
        settings.client_secret = Some(secret::printed(Kind::ClientSecret, command).await?);
    }
    let mut oauth = OAuth::new(settings);
    let kept = match &config.refresh_token_command {
        // Nothing is kept before the first time.
        Some(command) => secret::printed(Kind::RefreshToken, command).await.ok(),
        None => None,
    };
    let refreshed = match &kept {
        Some(token) => match oauth.refresh(token).await {
            // It was taken back, or nobody used it for too long: the person is asked again.
            Err(OAuthError::Refused { code, .. }) if code == "invalid_grant" => None,
            answered => Some(answered.map_err(failure)?),
        },
        None => None,
    };
    let tokens = match refreshed {
        Some(tokens) => tokens,
        None => oauth.with_a_person(&show).await.map_err(failure)?,
    };
    if let (Some(command), Some(token)) = (&config.store_command, &tokens.refresh) {
        let is_new = kept.as_ref().is_none_or(|kept| kept.expose_secret() != token.expose_secret());
        if is_new {
            secret::hand_over(command, token).await?;
        }
    }
    let hosts = oauth.contacted();
    let refresh = tokens.refresh.or(kept);
    // Behind the walls no name is looked up.
    let renewal = match refresh {
        Some(token) if oauth.look_up().await.is_ok() => Some(renewal(oauth, token)),
        _ => None,
    };
    Ok(Granted { access: tokens.access, hosts, renewal })
}

/// Access tokens by this refresh token, and by what replaces it.
fn renewal(oauth: OAuth, refresh: SecretString) -> Renewal {
    let port = oauth.port();
    let (oauth, refresh) = (Arc::new(oauth), Arc::new(Mutex::new(refresh)));
    let ask = move || -> Asking {
        let (oauth, refresh) = (Arc::clone(&oauth), Arc::clone(&refresh));
        Box::pin(async move {
            let held = refresh.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let tokens = oauth.refresh(&held).await.ok()?;
            if let Some(next) = tokens.refresh.filter(|next| next.expose_secret() != held.expose_secret()) {
                // The command that would keep it cannot be started any more.
                eprintln!(
                    "note: a new refresh token came while mail is read and is not kept; if the old one is worth nothing now, you are asked again next time"
                );
                *refresh.lock().unwrap_or_else(PoisonError::into_inner) = next;
            }
            Some(tokens.access)
        })
    };
    Renewal { ask: Arc::new(ask), port }
}

fn show(ask: Ask<'_>) {
    // From the server, and shown on a terminal.
    let plain = |text: &str| text.chars().filter(|c| c.is_ascii_graphic()).take(2_000).collect::<String>();
    match ask {
        Ask::Code { page, code } => eprintln!("open {} on any device and enter the code {}", plain(page), plain(code)),
        Ask::Page { page } => eprintln!("open this page in a browser on this machine:\n{}", plain(page)),
    }
}

fn failure(error: OAuthError) -> Failure {
    let hint = match &error {
        OAuthError::Refused { code, .. } => match code.as_str() {
            "access_denied" => "nothing was granted; run it again and say yes to read mail",
            "invalid_client" | "unauthorized_client" => {
                "check `client_id:` and `client_secret_command:`, and that the client may use this flow (public client)"
            }
            "invalid_scope" => "the client must be registered with the right to read mail over IMAP",
            _ => "check `oauth:` in the configuration, and the client's registration at the provider",
        },
        OAuthError::TooLate => "run it again; the code is good for some minutes",
        OAuthError::Unreadable { .. } => "check the addresses in `oauth:`",
        OAuthError::NoListener(_) => "use the device flow, or `token_command:`",
        OAuthError::Source(_) => "",
    };
    match error {
        OAuthError::Source(error) => Failure::from(error),
        error => Failure::new(Outcome::Login, super::chain(&error)).hint(hint),
    }
}

/// What is known of two providers, and what the configuration says instead.
fn settings(account: &Account, config: &Config, trust: Trust) -> Result<Settings, Failure> {
    let wrong = |what: String| Failure::new(Outcome::Config, what).hint("config.example.yaml explains `oauth:`");
    let address = |text: &str| {
        let url = Url::parse(text).ok().filter(|url| url.host_str().is_some());
        // Secrets go there: in clear to this machine alone, where tests are.
        let fits = url
            .filter(|url| url.scheme() == "https" || (url.scheme() == "http" && url.host_str() == Some("127.0.0.1")));
        fits.ok_or_else(|| wrong(format!("'{text}' is no https address")))
    };
    let known = Provider::of_host(&account.host).map_or("", |provider| provider.id);
    let tenant = config.tenant.as_deref().unwrap_or("common");
    if !tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
        return Err(wrong("the tenant is no name of a directory".to_owned()));
    }
    let microsoft = |end: &str| format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/{end}");
    // Google's flow for devices has no scope for mail: the browser it is.
    let (device, browser, token, scope) = match known {
        "outlook" => (
            Some(microsoft("devicecode")),
            None,
            Some(microsoft("token")),
            Some("https://outlook.office.com/IMAP.AccessAsUser.All offline_access"),
        ),
        "gmail" => (
            None,
            Some("https://accounts.google.com/o/oauth2/v2/auth".to_owned()),
            Some("https://oauth2.googleapis.com/token".to_owned()),
            Some("https://mail.google.com/"),
        ),
        _ => (None, None, None, None),
    };
    let own = config.device_url.is_some() || config.browser_url.is_some();
    let (device, browser) =
        if own { (config.device_url.clone(), config.browser_url.clone()) } else { (device, browser) };
    let flow = match (device, browser) {
        (Some(url), _) => Flow::Device { url: address(&url)? },
        (None, Some(url)) => Flow::Browser { url: address(&url)? },
        (None, None) => {
            return Err(wrong("for this provider `oauth:` needs device_url or browser_url".to_owned()));
        }
    };
    let token = config.token_url.clone().or(token);
    let token = token.ok_or_else(|| wrong("for this provider `oauth:` needs a token_url".to_owned()))?;
    let scope = config.scope.as_deref().or(scope);
    let scope = scope.ok_or_else(|| wrong("for this provider `oauth:` needs a scope".to_owned()))?;
    Ok(Settings {
        client_id: config.client_id.clone(),
        client_secret: None,
        flow,
        token_url: address(&token)?,
        scopes: scope.split_ascii_whitespace().map(str::to_owned).collect(),
        trust,
        patience: PATIENCE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str, yaml: &str) -> Result<Settings, Failure> {
        let account: Account = serde_yaml::from_str(&format!("{{host: {host}, user: ann@firm.example}}")).unwrap();
        let config: Config = serde_yaml::from_str(yaml).unwrap();
        settings(&account, &config, Trust::System)
    }

    #[test]
    fn what_is_known_of_a_provider_need_not_be_said() {
        let microsoft = of("outlook.office365.com", "{client_id: abc, tenant: firm.example}").unwrap();
        let device = "https://login.microsoftonline.com/firm.example/oauth2/v2.0/devicecode";
        assert_eq!(microsoft.flow, Flow::Device { url: Url::parse(device).unwrap() });
        assert_eq!(microsoft.scopes, ["https://outlook.office.com/IMAP.AccessAsUser.All", "offline_access"]);
        let gmail = of("imap.gmail.com", "{client_id: abc}").unwrap();
        assert!(matches!(gmail.flow, Flow::Browser { .. }), "Google grants no mail to devices");
        assert_eq!(gmail.token_url.as_str(), "https://oauth2.googleapis.com/token");
    }

    #[test]
    fn what_is_not_known_or_not_safe_is_refused() {
        for yaml in [
            "{client_id: abc}",
            "{client_id: abc, device_url: 'https://id.firm.example/device', scope: imap}",
            "{client_id: abc, device_url: 'http://id.firm.example/d', token_url: 'https://id.firm.example/t', scope: imap}",
            "{client_id: abc, device_url: 'https://id.firm.example/d', token_url: 'ftp://id.firm.example/t', scope: imap}",
        ] {
            let failure = of("imap.firm.example", yaml).unwrap_err();
            assert_eq!(failure.outcome, Outcome::Config, "{yaml}");
        }
        assert!(of("outlook.office365.com", "{client_id: abc, tenant: 'x/../y'}").is_err());
    }
}
