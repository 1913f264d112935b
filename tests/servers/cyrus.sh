#!/bin/sh
# cyrus.sh start|stop|reset|env  -  a private Cyrus IMAP 3.6 for tests, on loopback only.
#
# Debian's cyrus-imapd conflicts with dovecot-imapd, so it is not installed but unpacked
# (apt-get download + dpkg -x) below $DIR/pkg. Needs root and the packages
#   libical3 libpcre3 libxapian30 libsasl2-modules sasl2-bin
#   DIR  private directory (required)      PORT_PLAIN 4143      PORT_TLS 4993
#   PKG  where the packages are unpacked, to be kept between runs (default $DIR/pkg)
# Users: alice (alice-pw), bob (bob-pw), admin: cyrus (cyrus-pw; proxy login for all).
# Load mail with load.py (IMAP APPEND). Trust $DIR/ca.pem.
# What it is for: a server with its own parser: \Recent and \Seen kept apart from the
# mailbox, ESEARCH, QRESYNC, BINARY, OBJECTID, LIST-EXTENDED, "." or "/" hierarchy.
set -eu
PATH=$PATH:/usr/sbin:/sbin
: "${DIR:?set DIR to a private directory}"
mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd)
HERE=$(cd "$(dirname "$0")" && pwd)
PORT_PLAIN=${PORT_PLAIN:-4143} PORT_TLS=${PORT_TLS:-4993} BIND=${BIND:-127.0.0.1}
. "$HERE/reach.sh"
P=${PKG:-$DIR/pkg}
paths() { B=$P/usr/lib/cyrus/bin; export LD_LIBRARY_PATH="$P/usr/lib/$(uname -m)-linux-gnu"; }
paths

# Exit code 69: there is no such server to be had here.
missing() { echo "no cyrus: $1" >&2; exit 69; }

config() {
  if [ ! -x "$B/imapd" ]; then
    mkdir -p "$P/deb"
    (cd "$P/deb" && apt-get -q download cyrus-imapd cyrus-common >/dev/null 2>&1) || missing "the packages could not be fetched"
    for d in "$P"/deb/*.deb; do dpkg -x "$d" "$P"; done
  fi
  within_reach usr/lib/cyrus/bin/imapd
  paths
  for tool in "$B/imapd" "$P/usr/sbin/cyrmaster"; do
    if ldd "$tool" | grep "not found" >&2; then missing "libraries are not installed"; fi
  done
  command -v saslpasswd2 >/dev/null || missing "sasl2-bin is not installed"
  [ -s "$DIR/server.pem" ] || sh "$HERE/certs.sh" "$DIR"
  mkdir -p "$DIR/conf" "$DIR/spool" "$DIR/run/proc" "$DIR/run/lock" "$DIR/run/socket"
  for d in db log msg proc socket user quota backup ptclient lock sync rpz; do mkdir -p "$DIR/conf/$d"; done
  cat >"$DIR/imapd.conf" <<U
configdirectory: $DIR/conf
proc_path: $DIR/run/proc
mboxname_lockpath: $DIR/run/lock
defaultpartition: default
partition-default: $DIR/spool
idlesocket: $DIR/run/socket/idle
lmtpsocket: $DIR/run/socket/lmtp
notifysocket: $DIR/run/socket/notify
cyrus_user: mail
admins: cyrus
proxyservers: cyrus
altnamespace: yes
unixhierarchysep: yes
virtdomains: no
autocreate_quota: 0
autocreate_inbox_folders: Sent|Drafts|Trash|Junk
specialusealways: yes
xlist-sent: Sent
xlist-drafts: Drafts
xlist-trash: Trash
xlist-junk: Junk
allowplaintext: no
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $DIR/sasldb2
sasl_mech_list: PLAIN
tls_server_cert: $DIR/server.pem
tls_server_key: $DIR/server.key
tls_sessions_db_path: $DIR/conf/tls_sessions.db
tls_session_timeout: 0
maxmessagesize: 0
U
  cat >"$DIR/cyrus.conf" <<U
START {
  recover cmd="$B/ctl_cyrusdb -C $DIR/imapd.conf -r"
}
SERVICES {
  imap  cmd="$B/imapd -C $DIR/imapd.conf" listen="$BIND:$PORT_PLAIN" prefork=1
  imaps cmd="$B/imapd -C $DIR/imapd.conf -s" listen="$BIND:$PORT_TLS" prefork=1
}
EVENTS {
}
U
  for u in alice:alice-pw bob:bob-pw cyrus:cyrus-pw; do
    printf %s "${u#*:}" | saslpasswd2 -p -c -f "$DIR/sasldb2" -u "$(hostname)" "${u%%:*}"
  done
  chown -R mail:mail "$DIR/conf" "$DIR/spool" "$DIR/run" "$DIR/sasldb2"; chmod o+x "$DIR"
}
# fsync costs up to 90 ms a write here; with Debian's "eatmydata" installed there is none
fast() { for l in /usr/lib/*/libeatmydata.so; do [ ! -f "$l" ] || echo "$l"; done | head -1; }
alive() { [ -f "$DIR/master.pid" ] && kill -0 "$(cat "$DIR/master.pid")" 2>/dev/null; }
start() {
  if ! alive; then
    config
    LD_PRELOAD=$(fast) "$P/usr/sbin/cyrmaster" -C "$DIR/imapd.conf" -M "$DIR/cyrus.conf" -p "$DIR/master.pid" -d -L "$DIR/cyrus.log"
  fi
  i=0; until (exec 3<>"/dev/tcp/127.0.0.1/$PORT_PLAIN") 2>/dev/null || python3 -c "import socket;socket.create_connection(('127.0.0.1',$PORT_PLAIN),1)" 2>/dev/null; do
    i=$((i+1)); [ $i -lt 300 ] || { echo "cyrus did not come up" >&2; exit 1; }; sleep 0.1; done
  # INBOX and the special-use folders for each user, once
  python3 - "$PORT_TLS" "$DIR/ca.pem" <<'U'
import imaplib, ssl, sys
for u in ("alice", "bob"):
    m = imaplib.IMAP4_SSL("localhost", int(sys.argv[1]), ssl_context=ssl.create_default_context(cafile=sys.argv[2]))
    m.authenticate("PLAIN", lambda _: f"{u}\0cyrus\0cyrus-pw".encode())
    m.create("INBOX")
    for f in ("Sent", "Drafts", "Trash", "Junk"): m._simple_command("CREATE", f, f"(USE (\\{f}))")
    m.logout()
U
  env_
}
stop() {
  if alive; then p=$(cat "$DIR/master.pid"); kill -QUIT "$p" || :
    i=0; while kill -0 "$p" 2>/dev/null && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done; fi
}
env_() { cat <<U
SERVER=cyrus
IMAP_HOST=localhost
IMAP_PORT=$PORT_PLAIN
IMAPS_PORT=$PORT_TLS
CA=$DIR/ca.pem
USERS="alice:alice-pw bob:bob-pw"
MASTER="cyrus:cyrus-pw"
U
}
case "${1:-}" in
  start) start ;; stop) stop ;; env) env_ ;;
  reset) stop; rm -rf "$DIR/conf" "$DIR/spool" "$DIR/run"; start ;;
  *) echo "usage: DIR=... $0 start|stop|reset|env" >&2; exit 2 ;;
esac
