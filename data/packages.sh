# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# Finds out what is missing on this machine and has apt install it. To be sourced by
# scripts that have gone to the top of the source tree; data/demo and tests/run do.
#
# A need is "KIND:WHAT PACKAGE". What counts is the thing itself, not the package, so that
# a compiler or a Node.js that came in another way serves as well. Kinds:
#
#   command:NAME   a program in the path
#   library:NAME   what pkg-config knows by that name
#   python:NAME    a module of the system's Python
#   header:NAME    what the C compiler finds
#   file:PATTERN   a file, the first that the shell's pattern finds

readonly SYSTEM_PYTHON=/usr/bin/python3

# Where to read which distribution this is; tests give another file.
readonly OS_RELEASE=${TIDEWIRE_OS_RELEASE:-/etc/os-release}

# To build and to run.
# shellcheck disable=SC2034
readonly BUILD_NEEDS=(
  'command:cc gcc'
  'header:stdio.h libc6-dev'
  'command:meson meson'
  'command:msgfmt gettext'
  'command:ninja ninja-build'
  'command:pkg-config pkg-config'
  'library:gio-unix-2.0 libglib2.0-dev'
  'library:gnutls libgnutls28-dev'
  'library:hiredis libhiredis-dev'
  'library:json-glib-1.0 libjson-glib-dev'
  'library:libcrypto libssl-dev'
  'library:libjwt libjwt-dev'
  'library:libsoup-3.0 libsoup-3.0-dev'
  'library:libsystemd libsystemd-dev'
  'library:polkit-gobject-1 libpolkit-gobject-1-dev'
  'library:sqlite3 libsqlite3-dev'
  'file:/usr/share/gettext/its/polkit.its polkitd'
)

# Ends with one sentence: what is wrong, and what to do about it.
fail ()
{
  printf '%s: %s\n' "$0" "$*" >&2
  exit 1
}

is_there ()
{
  local kind=${1%%:*} what=${1#*:}

  case $kind in
    command) [ -n "$(command -v "$what")" ] ;;
    library) pkg-config --exists "$what" 2>/dev/null ;;
    python) "$SYSTEM_PYTHON" -c "import $what" 2>/dev/null ;;
    header) printf '#include <%s>\n' "$what" | cc -E -o /dev/null - 2>/dev/null ;;
    file) [ -n "$(compgen -G "$what")" ] ;;
  esac
}

# The packages of those needs that are not met, in PACKAGES.
find_missing ()
{
  local need

  PACKAGES=()
  for need in "$@"; do
    is_there "${need% *}" || PACKAGES+=("${need##* }")
  done
}

# Whether apt's packages have the names above here.
is_debian ()
(
  ID='' ID_LIKE=''
  # shellcheck disable=SC1090
  if [ -r "$OS_RELEASE" ]; then . "$OS_RELEASE"; fi
  case " $ID $ID_LIKE " in
    *' debian '*) [ -n "$(command -v apt-get)" ] ;;
    *) false ;;
  esac
)

# Debian before 12 has neither libsoup 3 nor a GLib that is new enough.
is_old_debian ()
(
  ID='' VERSION_ID=''
  # shellcheck disable=SC1090
  if [ -r "$OS_RELEASE" ]; then . "$OS_RELEASE"; fi
  [ "$ID" = debian ] && [ -n "$VERSION_ID" ] && [ "${VERSION_ID%%.*}" -lt 12 ]
)

get_distribution ()
(
  PRETTY_NAME=''
  # shellcheck disable=SC1090
  if [ -r "$OS_RELEASE" ]; then . "$OS_RELEASE"; fi
  printf '%s\n' "${PRETTY_NAME:-an unknown distribution}"
)

# Runs apt-get as root; its words are shown, since they say what went wrong.
run_apt ()
{
  local as_root=()

  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o DPkg::Lock::Timeout=120 -o APT::Update::Error-Mode=any "$@"
}

# Installs what the needs say, if anything is missing. Ends the script if it can't.
install_missing ()
{
  find_missing "$@"
  [ "${#PACKAGES[@]}" -gt 0 ] || return 0

  is_debian ||
    fail "this is $(get_distribution), not Debian, so install by its own means what Debian has in the packages ${PACKAGES[*]}, then run this again."
  ! is_old_debian ||
    fail "this is $(get_distribution), which lacks libraries that Tidewire needs: take Debian 12 or newer."
  if [ "$(id -u)" -ne 0 ]; then
    [ -n "$(command -v sudo)" ] ||
      fail "the packages ${PACKAGES[*]} are missing and only root may install them: run this once as root, or install sudo."
    sudo -v ||
      fail "the packages ${PACKAGES[*]} are missing and sudo does not let you install them: run this once as root."
  fi

  printf 'Installing %s\n' "${PACKAGES[*]}"
  { run_apt update && run_apt install --no-install-recommends "${PACKAGES[@]}"; } ||
    fail "apt-get could not install ${PACKAGES[*]}: read above why, check that this machine reaches the network and that its list of package sources is right, then run this again."

  find_missing "$@"
  [ "${#PACKAGES[@]}" -eq 0 ] ||
    fail "the packages ${PACKAGES[*]} are installed but what is needed of them is not found: look for another version of it that comes first in PATH or PKG_CONFIG_PATH."
}

# The oldest versions that do, as in meson.build.
check_versions ()
{
  local version

  version=$(meson --version)
  [ "$(printf '%s\n' 1.0.0 "$version" | sort -V | head -n 1)" = 1.0.0 ] ||
    fail "Meson $version is too old, 1.0.0 is needed: take Debian 12 or newer, or install it with pipx install meson."
  pkg-config --exists 'glib-2.0 >= 2.74' 'libsoup-3.0 >= 3.2' ||
    fail "GLib $(pkg-config --modversion glib-2.0) or libsoup $(pkg-config --modversion libsoup-3.0) is too old, 2.74 and 3.2 are needed: take Debian 12 or newer."
}
