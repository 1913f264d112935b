# reach.sh  -  sourced by the servers that are unpacked beside Dovecot; needs $P and $DIR.

# within_reach PROGRAM  -  a server's processes run as the user "mail": where that user cannot get at a program below
# $P (a checkout below /root, say), all of $P is copied to $DIR/pkg, and $P is that.
within_reach() {
  if ! su -s /bin/sh mail -c "test -x '$P/$1'"; then
    chmod o+x "$DIR"
    [ -d "$DIR/pkg" ] || cp -a "$P" "$DIR/pkg"
    P=$DIR/pkg
  fi
}
