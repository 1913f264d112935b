#!/bin/sh
# dovecot.sh start|stop|reset|env  -  a private Dovecot for tests, on loopback only.
#
# Needs root, and Debian's dovecot-imapd, openssl and python3.
#   DIR         private directory (required; made if missing; "reset" wipes the mail)
#   MAILDIR     optional tree copied into alice's mailbox on first start/reset: a Maildir
#               (cur/ new/ tmp/, subfolders as .Sent/cur etc.) of finished messages
#   PORT_PLAIN  default 3143 (plain + STARTTLS)     PORT_TLS  default 3993 (implicit TLS)
#   NO_COMPRESS=1  leave out COMPRESS=DEFLATE       BIND      default "127.0.0.1, 127.0.0.2"
#     Dovecot takes a client whose address equals the server's for secure even without TLS.
#     Connect to 127.0.0.2 to see what a remote client sees: LOGINDISABLED until STARTTLS.
#   LIMIT       mail_max_userip_connections, default 20
#   SSL=yes     allow LOGIN without TLS on PORT_PLAIN (default: required, LOGINDISABLED)
# Users (password): alice (alice-pw)  bob (bob-pw)  ü-carol (päss"w\rd)
# Master user:      AUTHENTICATE PLAIN authzid=alice authcid=master (master-pw),
#                   or LOGIN alice*master master-pw
# Commands heard, after login: $DIR/rawlog/*.in
# OAuth: AUTHENTICATE XOAUTH2 / OAUTHBEARER; the token file $DIR/tokens has lines
#        "<token> <user>"; a small local HTTP introspection (RFC 7662) reads it, so
#        add or remove lines at run time to test expiry. Default: token-alice, token-bob.
# CA certificate for the client to trust: $DIR/ca.pem (leaf: localhost, 127.0.0.1)
set -eu
PATH=$PATH:/usr/sbin:/sbin
: "${DIR:?set DIR to a private directory}"
mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd)
# Mail is kept by Debian's own user "mail": nothing is added to the system.
PORT_PLAIN=${PORT_PLAIN:-3143} PORT_TLS=${PORT_TLS:-3993} BIND=${BIND:-127.0.0.1, 127.0.0.2}
PORT_OAUTH=${PORT_OAUTH:-3180} LIMIT=${LIMIT:-20}
CONF=$DIR/dovecot.conf
HERE=$(cd "$(dirname "$0")" && pwd)

certs() {
  [ -s "$DIR/server.pem" ] && return
  sh "$HERE/certs.sh" "$DIR"
}

config() {
  plug="imap_zlib"; [ -z "${NO_COMPRESS:-}" ] || plug=""
  # SHA512-CRYPT would cost ~5 ms a login; tests use PLAIN on purpose.
  cat >"$DIR/users" <<U
alice:{PLAIN}alice-pw::::::
bob:{PLAIN}bob-pw::::::
ü-carol:{PLAIN}päss"w\\rd::::::
U
  echo 'master:{PLAIN}master-pw' >"$DIR/masters"
  [ -f "$DIR/tokens" ] || printf 'token-alice alice\ntoken-bob bob\n' >"$DIR/tokens"
  cat >"$DIR/oauth2.conf" <<U
introspection_mode = post
introspection_url = http://127.0.0.1:$PORT_OAUTH/introspect
username_attribute = username
active_attribute = active
active_value = true
U
  cat >"$CONF" <<U
base_dir = $DIR/run
state_dir = $DIR/state
instance_name = test-$PORT_TLS
log_path = $DIR/dovecot.log
protocols = imap
listen = $BIND
default_internal_user = dovecot
default_login_user = dovenull
ssl = ${SSL:-required}
ssl_cert = <$DIR/server.pem
ssl_key = <$DIR/server.key
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
auth_mechanisms = plain login scram-sha-256 xoauth2 oauthbearer
auth_master_user_separator = *
auth_username_chars =
auth_failure_delay = 0
passdb {
  driver = passwd-file
  args = $DIR/masters
  master = yes
  result_success = continue
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u $DIR/users
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $DIR/oauth2.conf
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$DIR/home/%u
}
mail_location = maildir:~/Maildir
mail_max_userip_connections = $LIMIT
# A Maildir on tmpfs/ext4 for tests: no fsync.
mail_fsync = never
mailbox_list_index = yes
first_valid_uid = 1
namespace inbox {
  inbox = yes
  # No folder makes itself: a test looks for traces.
  separator = /
  mailbox Sent { 
    special_use = \Sent
  }
  mailbox Drafts { 
    special_use = \Drafts
  }
  mailbox Junk { 
    special_use = \Junk
  }
  mailbox Trash { 
    special_use = \Trash
  }
}
protocol imap {
  mail_plugins = $plug
  # What each session sent and got, in files of its own (*.in, *.out).
  rawlog_dir = $DIR/rawlog
}
service auth {
  client_limit = 2000
}
service imap-login {
  inet_listener imap {
    port = $PORT_PLAIN
  }
  inet_listener imaps {
    port = $PORT_TLS
    ssl = yes
  }
  # one long-lived login process: no fork per connection
  service_count = 0
  process_min_avail = 1
}
service imap {
  service_count = 100
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
U
}

mail() {   # alice's mailbox from $MAILDIR, once
  h="$DIR/home/alice/Maildir"
  if [ ! -d "$h" ]; then
    mkdir -p "$h"
    if [ -n "${MAILDIR:-}" ]; then cp -a "$MAILDIR/." "$h/"; fi
    mkdir -p "$h/cur" "$h/new" "$h/tmp"
  fi
  mkdir -p "$DIR/home/bob" "$DIR/rawlog"
  chown -R mail:mail "$DIR/home" "$DIR/rawlog"
  chmod o+x "$DIR"   # mktemp -d makes it 0700, but the mail user must get in
  setpriv --reuid mail --regid mail --clear-groups test -x "$DIR/home" ||
    { echo "user mail cannot reach $DIR: choose a DIR below world-searchable folders" >&2; exit 1; }
}

alive() { [ -f "$DIR/$1" ] && kill -0 "$(cat "$DIR/$1")" 2>/dev/null; }

start() {
  certs; config; mail; mkdir -p "$DIR/run" "$DIR/state"
  if ! alive oauth.pid; then
    python3 "$HERE/introspect.py" "$PORT_OAUTH" "$DIR/tokens" >"$DIR/oauth.log" 2>&1 &
    echo $! >"$DIR/oauth.pid"
    # Until it listens, a login with a token is "try again later".
    i=0; until python3 -c "import socket; socket.create_connection(('127.0.0.1', $PORT_OAUTH), 1)" 2>/dev/null; do
      i=$((i+1)); [ $i -lt 300 ] || { cat "$DIR/oauth.log" >&2; exit 1; }; sleep 0.1; done
  fi
  alive run/master.pid || dovecot -c "$CONF"
  i=0; until doveadm -c "$CONF" who >/dev/null 2>&1; do i=$((i+1)); [ $i -lt 300 ] || { tail "$DIR/dovecot.log"; exit 1; }; sleep 0.1; done
  env_
}
stop() {
  if alive run/master.pid; then
    p=$(cat "$DIR/run/master.pid"); doveadm -c "$CONF" stop || kill "$p" || :
    i=0; while kill -0 "$p" 2>/dev/null && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done
  fi
  if alive oauth.pid; then kill "$(cat "$DIR/oauth.pid")" || :; fi
  rm -f "$DIR/oauth.pid"
}
reset() { stop; rm -rf "$DIR/home" "$DIR/run" "$DIR/state" "$DIR/dovecot.log"; start; }
env_() {
  cat <<U
SERVER=dovecot
IMAP_HOST=localhost
IMAP_PORT=$PORT_PLAIN
IMAPS_PORT=$PORT_TLS
IMAP_HOST_LOGINDISABLED=127.0.0.2
CA=$DIR/ca.pem
USERS="alice:alice-pw bob:bob-pw"
MASTER="master:master-pw"
TOKENS=$DIR/tokens
LOG=$DIR/dovecot.log
DOVEADM="doveadm -c $CONF"
U
}
case "${1:-}" in
  start) start ;; stop) stop ;; reset) reset ;; env) env_ ;;
  *) echo "usage: DIR=... $0 start|stop|reset|env" >&2; exit 2 ;;
esac
