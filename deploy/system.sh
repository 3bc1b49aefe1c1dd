#!/bin/sh
# What the service (run) and its tests (test) need from Debian. Root installs what is missing; an
# ordinary user is told in one line what root has to run.
set -eu

packages=""
for part in "$@"; do
    case $part in
        run) packages="$packages python3 python3-venv postgresql postgresql-postgis libexpat1 fonts-dejavu-core" ;;
        test) packages="$packages chromium mosquitto gdal-bin wrk r-base-core libreoffice-calc-nogui" ;;
        *) echo "usage: $0 run|test ..." >&2; exit 2 ;;
    esac
done

missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' ||
        missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ]; then
    echo "not installed:$missing. Have root run once: make system" >&2
    exit 1
fi

echo "installing from Debian:$missing"
# Debian makes and starts a server of its own with the package; this service brings its own.
if ! command -v pg_lsclusters >/dev/null; then
    mkdir -p /etc/postgresql-common/createcluster.d
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/soc-monitor.conf
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086  # a list of words
{ apt-get update && apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    exit 1
}
rm -f "$log"
