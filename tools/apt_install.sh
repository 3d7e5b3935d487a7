#!/bin/sh
# Installs the Debian packages named, those that are missing only, through sudo where not root. Silent when none is.
set -eu
missing=""
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null || { echo "error: needs$missing — install them with this system's package manager" >&2; exit 1; }
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "error: needs$missing — run as root: apt-get install$missing" >&2; exit 1; }
    as_root="sudo"
fi
echo "installing with apt:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086  # a list of words is meant
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
