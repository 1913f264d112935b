//! The one place that opens a connection: to what was configured and to nothing else, and keeping account of it.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

/// The way out. Clones share one account of what was connected to.
#[derive(Clone, Debug, Default)]
pub struct Egress {
    allowed: BTreeSet<String>,
    contacted: Arc<Mutex<Vec<String>>>,
}

impl Egress {
    /// A way out to these hosts and ports.
    pub fn new<'a>(allowed: impl IntoIterator<Item = (&'a str, u16)>) -> Self {
        let allowed = allowed.into_iter().map(|(host, port)| place(host, port)).collect();
        Self { allowed, contacted: Arc::default() }
    }

    /// Connects, within `patience`, to a place that was configured.
    ///
    /// # Errors
    /// `PermissionDenied`, before anything leaves the machine, for any other place; else what the system says.
    pub async fn connect(&self, host: &str, port: u16, patience: Duration) -> io::Result<TcpStream> {
        let place = place(host, port);
        if !self.allowed.contains(&place) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "not a configured host"));
        }
        {
            // Before connecting: an attempt that fails was an attempt to contact.
            let mut contacted = self.contacted.lock().unwrap_or_else(PoisonError::into_inner);
            if !contacted.contains(&place) {
                contacted.push(place);
            }
        }
        let stream = match timeout(patience, TcpStream::connect((host, port))).await {
            Ok(connected) => connected?,
            Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time")),
        };
        // Pipelined commands are small and must not wait for each other's acknowledgement.
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Every `host:port` that was contacted, in order, each once.
    pub fn contacted(&self) -> Vec<String> {
        self.contacted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// `host:port` as it is compared and reported.
fn place(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_but_the_configured_place_is_contacted() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let egress = Egress::new([("127.0.0.1", port)]);
        let patience = Duration::from_secs(5);
        let refused = egress.connect("127.0.0.1", port.wrapping_add(1), patience).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert!(egress.contacted().is_empty());
        egress.connect("127.0.0.1", port, patience).await.unwrap();
        egress.clone().connect("127.0.0.1", port, patience).await.unwrap();
        assert_eq!(egress.contacted(), [format!("127.0.0.1:{port}")]);
    }

    #[test]
    fn a_place_is_written_the_same_way_always() {
        assert_eq!(place("IMAP.Example.ORG", 993), "imap.example.org:993");
        assert_eq!(place("::1", 993), "[::1]:993");
    }
}
