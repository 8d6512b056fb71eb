#!/usr/bin/env bash
# Fetches PostgreSQL 17 with TimescaleDB (Apache edition) from Debian trixie into var/timescale, for the tests.
# Needs root and debootstrap; about a minute, once.
set -euo pipefail
cd "$(dirname "$0")/.."
root=var/timescale/root

case "${1:-fetch}" in
fetch)
    if [ -e var/timescale/complete ]; then exit 0; fi
    [ "$(id -u)" = 0 ] || { echo "timescale.sh: needs root for debootstrap"; exit 1; }
    command -v debootstrap >/dev/null || { echo "timescale.sh: debootstrap is not installed"; exit 1; }
    rm -rf "$root"
    mkdir -p "$root"
    timeout 600 debootstrap --variant=minbase --include=postgresql-17,postgresql-17-timescaledb trixie "$root" >var/timescale/log 2>&1 \
        || { tail -n 5 var/timescale/log; exit 1; }
    touch var/timescale/complete
    ;;
*)
    echo "usage: deploy/timescale.sh fetch" >&2
    exit 2
    ;;
esac
