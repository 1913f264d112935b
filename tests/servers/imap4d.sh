#!/bin/sh
# imap4d.sh start|stop|reset|env  -  a private imap4d of GNU mailutils 3.15 for tests, on loopback only.
#
# It is not installed but unpacked (apt-get download + dpkg -x) below $DIR/pkg, with its libraries, and needs root.
#   DIR      private directory (required)      PORT_PLAIN 6143 (STARTTLS)   PORT_TLS 6993
#   PKG      where the packages are unpacked, to be kept between runs (default $DIR/pkg)
#   MAILDIR  optional Maildir copied into alice's mailbox on first start/reset
# User: alice@mail.example (alice-pw). Trust $DIR/ca.pem.
# What it is for: a fourth way to read RFC 3501. Field names in upper case, INBOX without a separator, no IDs for copies,
# no charset where none was said, UIDs that are given when a folder is opened.
set -eu
PATH=$PATH:/usr/sbin:/sbin
: "${DIR:?set DIR to a private directory}"
mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd)
HERE=$(cd "$(dirname "$0")" && pwd)
PORT_PLAIN=${PORT_PLAIN:-6143} PORT_TLS=${PORT_TLS:-6993}
. "$HERE/reach.sh"
P=${PKG:-$DIR/pkg}
paths() { LIBRARIES="$P/usr/lib/$(uname -m)-linux-gnu:$P/usr/lib"; }

# Exit code 69: there is no such server to be had here.
missing() { echo "no imap4d: $1" >&2; exit 69; }

config() {
  if [ ! -x "$P/usr/sbin/imap4d" ]; then
    mkdir -p "$P/deb"
    (cd "$P/deb" && apt-get -q download mailutils-imap4d mailutils-common libmailutils9 libgsasl18 libgssglue1 libntlm0 \
      libmariadb3 guile-3.0-libs libgc1 >/dev/null 2>&1) || missing "the packages could not be fetched"
    for d in "$P"/deb/*.deb; do dpkg -x "$d" "$P"; done
  fi
  within_reach usr/sbin/imap4d
  paths
  if LD_LIBRARY_PATH=$LIBRARIES ldd "$P/usr/sbin/imap4d" | grep "not found" >&2; then missing "libraries are not installed"; fi
  [ -s "$DIR/server.pem" ] || sh "$HERE/certs.sh" "$DIR"
  chmod 600 "$DIR"/*.key
  u=$(id -u mail); g=$(id -g mail); h=$DIR/home/alice
  mkdir -p "$DIR/users"
  pw=$(openssl passwd -1 alice-pw)
  echo "alice:$pw:$u:$g:Alice:$h:/bin/sh:maildir:$h/INBOX" >"$DIR/users/mail.example"
  if [ ! -d "$h" ]; then
    mkdir -p "$h/INBOX"
    if [ -n "${MAILDIR:-}" ]; then
      for f in cur new tmp; do cp -a "$MAILDIR/$f" "$h/INBOX/"; done
      # Folders are folders here, and not names with dots.
      for f in "$MAILDIR"/.[!.]*; do
        [ -d "$f" ] || continue
        n=$h/$(basename "$f" | sed 's/^\.//; s/\./\//g')
        mkdir -p "$n"; cp -a "$f/." "$n/"
      done
    fi
    find "$h" -type d -name cur | while read -r f; do mkdir -p "${f%/cur}/new" "${f%/cur}/tmp"; done
    mkdir -p "$h/INBOX/cur" "$h/INBOX/new" "$h/INBOX/tmp"
  fi
  chown -R mail:mail "$DIR/home"; chmod o+x "$DIR"
  tls="tls { ssl-certificate-file $DIR/server.pem; ssl-key-file $DIR/server.key; };"
  cat >"$DIR/imap4d.conf" <<C
mode daemon;
foreground yes;
logging { syslog no; };
auth { authentication generic:virtdomain; authorization virtdomain; };
virtdomain { passwd-dir $DIR/users; };
namespace personal { prefix "" { directory "$DIR/home/\$user"; delimiter "/"; mailbox-type maildir; }; };
server 127.0.0.1:$PORT_TLS { tls-mode connection; $tls };
server 127.0.0.1:$PORT_PLAIN { tls-mode required; $tls };
C
}
alive() { [ -f "$DIR/imap4d.pid" ] && kill -0 "$(cat "$DIR/imap4d.pid")" 2>/dev/null; }
start() {
  if ! alive; then
    config
    LD_LIBRARY_PATH=$LIBRARIES "$P/usr/sbin/imap4d" --config-file="$DIR/imap4d.conf" >"$DIR/imap4d.log" 2>&1 &
    echo $! >"$DIR/imap4d.pid"
  fi
  i=0; until python3 -c "import socket;socket.create_connection(('127.0.0.1',$PORT_TLS),1)" 2>/dev/null; do
    i=$((i+1)); [ $i -lt 300 ] || { cat "$DIR"/*.log >&2; exit 1; }; sleep 0.1; done
  # Numbers are given when a folder is first opened: open each once, as its owner would.
  python3 - "$PORT_TLS" "$DIR/ca.pem" <<'U'
import imaplib, ssl, sys
m = imaplib.IMAP4_SSL("localhost", int(sys.argv[1]), ssl_context=ssl.create_default_context(cafile=sys.argv[2]))
m.login("alice@mail.example", "alice-pw")
for line in m.list()[1]:
    m.select('"' + line.decode().rsplit(" ", 1)[1].strip('"') + '"')
m.logout()
U
  env_
}
stop() { if alive; then kill "$(cat "$DIR/imap4d.pid")" || :; fi; rm -f "$DIR/imap4d.pid"; }
env_() { cat <<U
SERVER=imap4d
IMAP_HOST=localhost
IMAP_PORT=$PORT_PLAIN
IMAPS_PORT=$PORT_TLS
CA=$DIR/ca.pem
USERS="alice@mail.example:alice-pw"
U
}
case "${1:-}" in
  start) start ;; stop) stop ;; env) env_ ;;
  reset) stop; rm -rf "$DIR/home"; start ;;
  *) echo "usage: DIR=... $0 start|stop|reset|env" >&2; exit 2 ;;
esac
