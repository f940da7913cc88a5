#!/usr/bin/env bash
# install-server.sh FOLDER PACKAGE PROGRAM
#
# Puts a program of a Debian package that only the distribution "sid" has (bitcoind of bitcoin-knots), or has in a version that works (i2pd),
# and all it needs, the C library and the loader included, under FOLDER. Nothing of the system is changed: apt runs with separate lists, state and cache.
# For Debian and its derivatives, as root. The mirror is the one that the system's apt uses; DEBIAN_MIRROR overrides it. Signatures are checked.
#
#   FOLDER/bin/    PROGRAM, and what its package calls alike (bitcoin-cli)
#   FOLDER/debs/   the packages; with them there, no network is needed
#
# Says what it does on standard error, and the version of the program on standard output. About 8 s and 40 MB the first time, then nothing.
set -euo pipefail

suite=sid
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'install-server: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

[ $# -eq 3 ] || { say "usage: install-server.sh FOLDER PACKAGE PROGRAM"; exit 2; }
package=$2 program=$3
[ "$(id -u)" -eq 0 ] || fail "root is needed, for apt-get"
for needed in apt-get dpkg dpkg-deb flock tar; do
    command -v "$needed" >/dev/null || fail "$needed is needed and is not here: this is not Debian"
done
mkdir -p "$1"
folder=$(cd "$1" && pwd -P)
# The path stands in apt's configuration and in scripts.
[[ $folder =~ ^[A-Za-z0-9._/+-]+$ ]] || fail "the path $folder has characters other than letters, digits and ._/+-; choose another"

exec 9>"$folder/.lock"
flock -w 600 9 || fail "another installation holds $folder/.lock for more than 10 minutes"

version() { "$folder/bin/$program" --version 2>/dev/null | head -n 1; }

if [ -e "$folder/.complete" ] && [ -n "$(version)" ]; then
    version
    exit 0
fi
rm -rf "$folder/.complete" "$folder/root" "$folder/bin"

# The base address of the mirror that the system's own sources name.
mirror() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    apt-get update --print-uris 2>/dev/null | sed -nE "s#^'(.*)/dists/$codename/(In)?Release' .*#\1#p" | grep -m 1 debian
}

download() {
    local apt=$folder/apt url signed=''
    url=${DEBIAN_MIRROR:-$(mirror)} || true
    [ -n "$url" ] || fail "the system's apt sources name no Debian mirror; set DEBIAN_MIRROR"
    [ ! -r "$keyring" ] || signed="signed-by=$keyring "

    rm -rf "$apt"
    mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial "$apt"/none
    : >"$apt/status" # nothing is installed, so the whole closure is fetched
    echo "deb [${signed}arch=$(dpkg --print-architecture)] $url $suite main" >"$apt/sources.list"

    # Read after the system's apt.conf.d, so a proxy that is set there still holds. A lagging mirror or a wrong clock makes an index look
    # expired; its signature is checked all the same.
    cat >"$apt/apt.conf" <<CONF
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "$apt/none";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "$apt/none";
Dir::State "$apt";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::State::extended_states "$apt/extended_states";
Dir::Cache "$apt/cache";
Dir::Cache::archives "$apt/cache/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Log "$apt";
#clear APT::Architectures;
APT::Architectures { "$(dpkg --print-architecture)"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::PDiffs "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons-small::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
CONF

    say "reading the package index of $suite"
    apt-get -q -c "$apt/apt.conf" -o APT::Update::Error-Mode=any update >"$apt/log" 2>&1 \
        || { cat "$apt/log" >&2; fail "the package index of $suite could not be read"; }
    say "downloading $package and what it needs"
    apt-get -q -c "$apt/apt.conf" --download-only install "$package" >"$apt/log" 2>&1 \
        || { cat "$apt/log" >&2; fail "$package could not be downloaded"; }
    rm -rf "$folder/debs"
    mv "$apt/cache/archives" "$folder/debs"
    rm -rf "$apt" "$folder/debs/partial" "$folder/debs/lock"
}

unpack() {
    local directory package_file
    say "unpacking"
    mkdir -p "$folder/root"
    for directory in bin sbin lib lib64; do # some packages still use /lib, which is /usr/lib in sid
        mkdir -p "$folder/root/usr/$directory"
        ln -sfn "usr/$directory" "$folder/root/$directory"
    done
    for package_file in "$folder"/debs/*.deb; do
        dpkg-deb --fsys-tarfile "$package_file" | tar -x -C "$folder/root" --keep-directory-symlink --no-same-owner \
            --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale'
    done
}

# A script for each program, which runs it with the loader and the libraries that came with it. It execs: the process is the program.
wrap() {
    local loader='' libraries=$folder/root/usr/lib file
    for file in "$folder"/root/usr/lib64/ld-linux-*.so.* "$folder"/root/usr/lib/ld-linux-*.so.*; do
        [ ! -e "$file" ] || { loader=$file; break; }
    done
    [ -n "$loader" ] || fail "the unpacked packages have no dynamic loader"
    for file in "$folder"/root/usr/lib/*-linux-gnu*; do libraries=$file:$libraries; done

    mkdir -p "$folder/bin"
    for file in "$folder"/root/usr/{bin,sbin}/"${program:0:7}"*; do
        [ -f "$file" ] || continue
        printf '#!/bin/sh\nexec "%s" --library-path "%s" --argv0 "$0" "%s" "$@"\n' "$loader" "$libraries" "$file" \
            >"$folder/bin/${file##*/}"
        chmod 755 "$folder/bin/${file##*/}"
    done
}

if ! compgen -G "$folder/debs/${package}_*.deb" >/dev/null; then
    # Of a mirror that is being updated the index and the packages may not fit each other for a while.
    (download) || { say "trying once more in 30 s"; sleep 30; download; }
fi
unpack
wrap
[ -n "$(version)" ] || { "$folder/bin/$program" --version >&2 || true; fail "the unpacked $program does not start"; }
touch "$folder/.complete"
version
