#!/usr/bin/env bash
# Makes a Debian package, with the libraries that its programs link as what it depends on. Equal inputs give equal bytes.
#
# Usage: package.sh OUTPUT NAME VERSION DESCRIPTION DEPENDS FILE=PLACE[:MODE]...
#   FILE=PLACE  a file, or a folder with all in it, and where it goes ("usr/bin/x"; DEBIAN/x for control scripts)
#   DEPENDS     other packages, besides those of the libraries; may be empty
set -euo pipefail
output=$(readlink -f "$(dirname "$1")")/$(basename "$1")
name=$2 version=$3 description=$4 depends=$5
shift 5
# No file is younger, and none older, whenever and wherever it was built.
export SOURCE_DATE_EPOCH=1704067200 LC_ALL=C.UTF-8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/DEBIAN" "$work/debian"

programs=()
for entry in "$@"; do
  file=${entry%%=*} place=${entry#*=} mode=644
  case $place in *:*) mode=${place##*:} place=${place%:*} ;; esac
  if [ -d "$file" ]; then
    mkdir -p "$root/$place"
    cp -rL "$file/." "$root/$place/"
    find "$root/$place" -type f -exec chmod "$mode" {} +
  else
    install -D -m "$mode" "$file" "$root/$place"
  fi
  case $place in usr/bin/*) programs+=("$root/$place") ;; esac
done
chmod u+w "${programs[@]}"
strip --strip-unneeded --remove-section=.comment --remove-section=.note "${programs[@]}"

# dpkg-shlibdeps reads the source package's control file, of which it wants one field.
printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' "$name" "$name" >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "${programs[@]/#/-e}" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
size=$(du -k --apparent-size -s "$root" | cut -f1)
cat >"$root/DEBIAN/control" <<CONTROL
Package: $name
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: the authors of Sandglass <sandglass@localhost.localdomain>
Installed-Size: $size
Depends: ${depends:+$depends, }$libraries
Section: science
Priority: optional
Description: ${description%%|*}
 ${description#*|}
CONTROL
if [ -d "$root/etc" ]; then (cd "$root" && find etc -type f | sed 's|^|/|' | sort) >"$root/DEBIAN/conffiles"; fi
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -print0 | sort -z | xargs -0 md5sum | sed 's|  \./|  |') \
  >"$root/DEBIAN/md5sums"
find "$root" -type d -exec chmod 755 {} +
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$output" >/dev/null
