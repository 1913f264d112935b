#!/bin/sh
# courier.sh start|stop|reset|env  -  a private Courier IMAP 5.0 for tests, on loopback only.
#
# Debian's courier-imap conflicts with dovecot-imapd, so it is not installed but unpacked
# (apt-get download + dpkg -x) below $DIR/pkg and run in a private mount namespace where its
# compiled-in paths are bind mounts of $DIR. Needs root and the packages
#   libcourier-unicode4 libidn12 libpcre3 libgamin0 libltdl7
#   DIR      private directory (required)      PORT_PLAIN 5143 (STARTTLS)   PORT_TLS 5993
#   PKG      where the packages are unpacked, to be kept between runs (default $DIR/pkg)
#   MAILDIR  optional Maildir copied into alice's mailbox on first start/reset
# Users: alice (alice-pw), bob (bob-pw). Trust $DIR/ca.pem.
# What it is for: the old school. No CONDSTORE, ESEARCH, LIST-EXTENDED, SPECIAL-USE, ENABLE,
# LITERAL+, COMPRESS; names below "INBOX." with "." as separator; its own BODYSTRUCTURE code;
# "* OK" lines between data; a session opens a Maildir and moves new/ to cur/ even for EXAMINE.
set -eu
PATH=$PATH:/usr/sbin:/sbin
: "${DIR:?set DIR to a private directory}"
mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd)
HERE=$(cd "$(dirname "$0")" && pwd)
PORT_PLAIN=${PORT_PLAIN:-5143} PORT_TLS=${PORT_TLS:-5993} BIND=${BIND:-127.0.0.1}
. "$HERE/reach.sh"
P=${PKG:-$DIR/pkg}
paths() { export LD_LIBRARY_PATH="$P/usr/lib:$P/usr/lib/$(uname -m)-linux-gnu"; }
paths

# Exit code 69: there is no such server to be had here.
missing() { echo "no courier: $1" >&2; exit 69; }

config() {
  if [ ! -x "$P/usr/bin/imapd" ]; then
    mkdir -p "$P/deb"
    (cd "$P/deb" && apt-get -q download courier-imap courier-base courier-authlib courier-authdaemon courier-authlib-userdb >/dev/null 2>&1) ||
      missing "the packages could not be fetched"
    for d in "$P"/deb/*.deb; do dpkg -x "$d" "$P"; done
    (cd "$P/usr/lib" && for f in libcourierauth*.so.0.0.0; do ln -sf "$f" "${f%.0.0}"; done)
  fi
  within_reach usr/bin/imapd
  paths
  for tool in "$P/usr/bin/imapd" "$P/usr/sbin/couriertcpd" "$P/usr/bin/couriertls"; do
    if ldd "$tool" | grep "not found" >&2; then missing "libraries are not installed"; fi
  done
  unshare -m true || missing "no mount namespace may be made"
  [ -s "$DIR/server.pem" ] || sh "$HERE/certs.sh" "$DIR"
  mkdir -p "$DIR/etc" "$DIR/run/authdaemon" "$DIR/home"; chown mail "$DIR/run/authdaemon"
  cp -rn "$P/etc/courier/." "$DIR/etc/"
  cat "$DIR/server.key" "$DIR/server.pem" >"$DIR/etc/imapd.pem"; chown mail "$DIR/etc/imapd.pem"; chmod 600 "$DIR/etc/imapd.pem"
  u=$(id -u mail); g=$(id -g mail); : >"$DIR/etc/userdb"; chmod 700 "$DIR/etc/userdb"
  for x in alice:alice-pw bob:bob-pw; do
    pw=$(openssl passwd -1 "${x#*:}"); n=${x%%:*}
    printf '%s\tuid=%s|gid=%s|home=%s|mail=%s|imappw=%s\n' "$n" "$u" "$g" "$DIR/home/$n" "$DIR/home/$n/Maildir" "$pw" >>"$DIR/etc/userdb"
    h=$DIR/home/$n/Maildir
    [ -d "$h" ] || { mkdir -p "$h"; if [ "$n" = alice ] && [ -n "${MAILDIR:-}" ]; then cp -a "$MAILDIR/." "$h/"; fi
      for f in . .Sent .Drafts .Trash; do mkdir -p "$h/$f/cur" "$h/$f/new" "$h/$f/tmp"; done; }
  done
  chown -R mail:mail "$DIR/home"; chmod o+x "$DIR"
}
alive() { [ -f "$DIR/$1" ] && kill -0 "$(cat "$DIR/$1")" 2>/dev/null; }
start() {
  if ! alive tcpd.pid; then
    config
    mkdir -p /etc/courier /usr/lib/courier /usr/lib/courier-authlib /run/courier   # mount points
    DIR=$DIR P=$P unshare -m sh -eu -c '
      mount --bind "$DIR/etc" /etc/courier; mount --bind "$DIR/run" /run/courier
      mount --bind "$P/usr/lib/courier" /usr/lib/courier; mount --bind "$P/usr/lib/courier-authlib" /usr/lib/courier-authlib
      sed -i "s/^authmodulelist=.*/authmodulelist=authuserdb/; s/^daemons=.*/daemons=2/" /etc/courier/authdaemonrc
      PATH=$P/usr/sbin:$PATH "$P/usr/sbin/makeuserdb" 2>/dev/null || true
      [ -f /etc/courier/userdb.dat ] || { "$P/usr/lib/courier/makedat" -src=/etc/courier/userdb -file=/etc/courier/userdb.dat -tmp=/etc/courier/userdb.tmp -hasht || true; }
      /usr/lib/courier/courier-authlib/authdaemond >"$DIR/auth.log" 2>&1 & echo $! >"$DIR/auth.pid"
      set +u -a; . /etc/courier/imapd-ssl; . /etc/courier/imapd
      IMAP_CAPABILITY="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
      COURIERTLS=$P/usr/bin/couriertls TLS_CACHEFILE= TLS_DHPARAMS= TLS_TRUSTCERTS= IMAP_ULIMITD=
      set +a; unset TLS_CACHEFILE TLS_DHPARAMS
      IMAP_STARTTLS=YES "$P/usr/sbin/couriertcpd" -address="'"$BIND"'" -maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup \
        '"$PORT_PLAIN"' /usr/lib/courier/courier/imaplogin "$P/usr/bin/imapd" Maildir >"$DIR/imapd.log" 2>&1 & echo $! >"$DIR/tcpd.pid"
      IMAP_TLS=1 "$P/usr/sbin/couriertcpd" -address="'"$BIND"'" -maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup \
        '"$PORT_TLS"' "$COURIERTLS" -server -tcpd -user=mail /usr/lib/courier/courier/imaplogin "$P/usr/bin/imapd" Maildir >"$DIR/imapd-ssl.log" 2>&1 & echo $! >"$DIR/tcpds.pid"
    '
  fi
  i=0; until python3 -c "import socket;socket.create_connection(('127.0.0.1',$PORT_TLS),1)" 2>/dev/null; do
    i=$((i+1)); [ $i -lt 300 ] || { cat "$DIR"/*.log >&2; exit 1; }; sleep 0.1; done
  # Until somebody has opened a folder for writing, it has another UIDVALIDITY every second: open each once, as its owner would.
  python3 - "$PORT_TLS" "$DIR/ca.pem" <<'U'
import imaplib, ssl, sys
m = imaplib.IMAP4_SSL("localhost", int(sys.argv[1]), ssl_context=ssl.create_default_context(cafile=sys.argv[2]))
m.login("alice", "alice-pw")
for line in m.list()[1]:
    m.select('"' + line.decode().rsplit('"', 2)[1] + '"')
m.logout()
U
  env_
}
stop() { for p in tcpd tcpds auth; do if alive $p.pid; then kill "$(cat "$DIR/$p.pid")" || :; fi; rm -f "$DIR/$p.pid"; done; }
env_() { cat <<U
SERVER=courier
IMAP_HOST=localhost
IMAP_PORT=$PORT_PLAIN
IMAPS_PORT=$PORT_TLS
CA=$DIR/ca.pem
USERS="alice:alice-pw bob:bob-pw"
U
}
case "${1:-}" in
  start) start ;; stop) stop ;; env) env_ ;;
  reset) stop; rm -rf "$DIR/home"; start ;;
  *) echo "usage: DIR=... $0 start|stop|reset|env" >&2; exit 2 ;;
esac
