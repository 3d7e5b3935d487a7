#!/bin/sh
# Installs the Debian packages named, those that are missing only, through sudo where not root. Silent when none is.
set -eu
missing=""
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

fail() {
    echo "error: $1" >&2
    exit 1
}
command -v apt-get >/dev/null || fail "needs$missing: install them with this system's package manager"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "needs$missing: run as root: apt-get install$missing"
    as_root="sudo"
fi
echo "installing with apt, for building and testing the firmware:$missing"
# Words, not one word, are meant by $as_root and $missing. sudo drops the environment, so `env` sets it behind sudo.
# shellcheck disable=SC2086
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@"; }
apt update || fail "apt-get update failed: is the network there? Then run this again"
# shellcheck disable=SC2086
apt install -y --no-install-recommends $missing >/dev/null || fail "apt-get could not install$missing: see above"
