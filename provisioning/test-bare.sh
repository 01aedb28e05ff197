#!/bin/sh
# Proves the promise of the README on a bare Debian 12: only git and python3, then ./motcua installs the rest.
# Run as root:  provisioning/test-bare.sh [--install-only | --tests [arguments of ./motcua test]]
#   --install-only  no office is started
#   --tests         the tests run as well, with what they need installed first
# It makes a Debian of its own in a temporary directory (debootstrap minbase) with this machine's own package sources,
# clones the committed state of this checkout into it, installs, starts an office, stops it, and looks at what is left.
#   MOTCUA_BARE_BIND  directories to show inside as well, read-only, colon-separated (a local package mirror)
#   MOTCUA_BARE_DIR   where to work; default a new directory in /var/tmp
set -eu

release=bookworm
root=$(cd -- "$(dirname -- "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || { echo "test-bare: must be root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "test-bare: debootstrap is not installed" >&2; exit 1; }

if [ -z "${MOTCUA_BARE_INSIDE:-}" ]; then
    # own mounts and own processes: all of them are gone when this ends, however it ends
    work=${MOTCUA_BARE_DIR:-$(mktemp -d /var/tmp/motcua-bare.XXXXXX)}
    code=0
    MOTCUA_BARE_INSIDE=$work unshare --mount --pid --fork --kill-child --mount-proc -- "$0" "$@" || code=$?
    rm -rf --one-file-system -- "$work"
    exit "$code"
fi
bare=$MOTCUA_BARE_INSIDE/root
mkdir -p "$bare"

say() { printf 'test-bare: %s\n' "$*"; }
die() { say "FAILED: $*"; exit 1; }
inside() { chroot "$bare" /usr/bin/env HOME="$HOME" LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
timed() { # WHAT COMMAND...
    what=$1
    shift
    begin=$(date +%s%N)
    "$@" || die "$what (exit $?)"
    say "$what: $((($(date +%s%N) - begin) / 1000000)) ms"
}

mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" 'Created-By: Packages' | head -n 1)
[ -n "$mirror" ] || die "no package source for $release in this machine's apt configuration"
timed "bare system" debootstrap --variant=minbase --include=git,python3 "$release" "$bare" "$mirror" >"$MOTCUA_BARE_INSIDE/debootstrap.log"

# this machine's way to packages: sources, certificates, name service, pip's configuration
rm -f "$bare/etc/apt/sources.list"
mkdir -p "$bare/etc/apt/sources.list.d" "$bare/etc/apt/keyrings" "$bare/usr/local/share/ca-certificates" "$bare/etc/ssl/certs" "$bare$HOME/.config/pip"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources /etc/resolv.conf /etc/hosts /etc/pip.conf \
    "$HOME/.config/pip/pip.conf" /etc/ssl/certs/ca-certificates.crt; do
    [ ! -f "$file" ] || cp -L -- "$file" "$bare$file"
done
[ ! -d /usr/local/share/ca-certificates ] || cp -RL /usr/local/share/ca-certificates/. "$bare/usr/local/share/ca-certificates/"
apt-config dump Acquire | grep -i -E '^Acquire::(https?|ftp)::' >"$bare/etc/apt/apt.conf.d/90machine" || true

mount -t proc proc "$bare/proc"
mount --rbind --make-rslave /dev "$bare/dev"
mount -t sysfs sysfs "$bare/sys" 2>/dev/null || true
old_ifs=$IFS
IFS=:
for directory in ${MOTCUA_BARE_BIND:-}; do
    mkdir -p "$bare$directory"
    mount --bind -o ro "$directory" "$bare$directory"
done
IFS=$old_ifs

git clone -q --no-hardlinks -- "$root" "$bare/srv/motcua"
office=/srv/motcua
run() { inside sh -c "cd $office && $*" </dev/null; }

before=$(inside dpkg-query -W -f='${Package}\n' | wc -l)
[ ! -e "$bare$office/.venv" ] || die "the clone brought an environment along"
timed "help on the bare system" run ./motcua --help >/dev/null
timed "install" run ./motcua install --yes
after=$(inside dpkg-query -W -f='${Package}\n' | wc -l)
say "packages: $before before, $after after"
[ ! -e "$bare/usr/sbin/policy-rc.d" ] || die "policy-rc.d was left behind"
! grep -qsx mosquitto /proc/[0-9]*/comm || die "the installation started the packaged mosquitto"
timed "second install" run ./motcua install --yes
timed "version" run ./motcua version

# what an interrupted installation leaves is healed
rm -rf "$bare$office/.venv/.motcua-installed" "$bare$office"/.venv/lib/python3*/site-packages/pip
timed "install after an interrupted one" run ./motcua install --yes

[ "${1:-}" != --install-only ] || { say "passed (installation only)"; exit 0; }

start_office() { # waits for the ready line, stops the office, looks for its exit code
    begin=$(date +%s%N)
    chroot "$bare" /usr/bin/env HOME="$HOME" PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        "$office/motcua" up --yes --headless --data /srv/data --http 127.0.0.1:0 --mqtt 127.0.0.1:0 \
        </dev/null >"$bare/srv/up.out" 2>"$bare/srv/up.err" &
    up=$!
    until grep -q '^motcua ready ' "$bare/srv/up.out"; do
        kill -0 "$up" 2>/dev/null || { cat "$bare/srv/up.err"; die "up ended before it was ready"; }
        sleep 0.1
    done
    say "$1: ready after $((($(date +%s%N) - begin) / 1000000)) ms"
    kill -TERM "$up"
    wait "$up" || die "up ended with $?"
    left=$(grep -lsz '^MOTCUA_RUN=' /proc/[0-9]*/environ || true)
    [ -z "$left" ] || die "processes left: $left"
}
start_office "first start"
start_office "second start"
if [ "${1:-}" = --tests ]; then
    shift
    timed "install for the tests" run ./motcua install --dev --yes
    timed "tests" inside sh -c "cd $office && exec ./motcua test \"\$@\"" motcua "$@"
fi
say "passed"
