//! The one place that opens a connection: to what was configured and to nothing else, and keeping account of it.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

/// The way out. Clones share one account of what was connected to.
#[derive(Clone, Debug, Default)]
pub struct Egress {
    /// `host:port`, and its addresses where they were looked up before.
    allowed: BTreeMap<String, Vec<SocketAddr>>,
    contacted: Arc<Mutex<Vec<String>>>,
}

impl Egress {
    /// A way out to these hosts and ports.
    pub fn new<'a>(allowed: impl IntoIterator<Item = (&'a str, u16)>) -> Self {
        let allowed = allowed.into_iter().map(|(host, port)| (place(host, port), Vec::new())).collect();
        Self { allowed, contacted: Arc::default() }
    }

    /// Looks the hosts up now, for a process that will not be able to later ([`crate::sandbox`]).
    ///
    /// # Errors
    /// What the system says of the first host that has no address, or took longer than `patience`.
    pub async fn look_up(&mut self, patience: Duration) -> io::Result<()> {
        for (place, addresses) in &mut self.allowed {
            let found = timeout(patience, tokio::net::lookup_host(place.as_str())).await;
            *addresses = found.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no answer in time"))??.collect();
        }
        Ok(())
    }

    /// Connects, within `patience`, to a place that was configured.
    ///
    /// # Errors
    /// `PermissionDenied`, before anything leaves the machine, for any other place; else what the system says.
    pub async fn connect(&self, host: &str, port: u16, patience: Duration) -> io::Result<TcpStream> {
        let place = place(host, port);
        let Some(addresses) = self.allowed.get(&place) else {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "not a configured host"));
        };
        {
            // Before connecting: an attempt that fails was an attempt to contact.
            let mut contacted = self.contacted.lock().unwrap_or_else(PoisonError::into_inner);
            if !contacted.contains(&place) {
                contacted.push(place);
            }
        }
        let connecting = async {
            match addresses.as_slice() {
                [] => TcpStream::connect((host, port)).await,
                known => TcpStream::connect(known).await,
            }
        };
        let stream = match timeout(patience, connecting).await {
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

    #[tokio::test]
    async fn a_host_is_reached_where_it_was_looked_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut egress = Egress::new([("localhost", port)]);
        let patience = Duration::from_secs(5);
        egress.look_up(patience).await.unwrap();
        egress.connect("localhost", port, patience).await.unwrap();
        assert_eq!(egress.contacted(), [format!("localhost:{port}")]);
        let mut nowhere = Egress::new([("no-such-host.invalid", 993)]);
        assert!(nowhere.look_up(patience).await.is_err());
        assert!(nowhere.contacted().is_empty());
    }

    #[test]
    fn a_place_is_written_the_same_way_always() {
        assert_eq!(place("IMAP.Example.ORG", 993), "imap.example.org:993");
        assert_eq!(place("::1", 993), "[::1]:993");
    }
}
