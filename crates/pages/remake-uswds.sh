#!/bin/sh
# Re-makes crates/pages/assets/uswds from the published package, by name and exact version.
# Only what the pages use is kept: the compiled style sheet (also gzipped), four fonts, the icons the style sheet shows.
set -eu
version=3.14.0
crate=$(cd "$(dirname "$0")" && pwd)
here=$crate/assets
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "@uswds/uswds@$version"
tar -xf "uswds-uswds-$version.tgz"
rm -rf "$here/uswds"
mkdir -p "$here/uswds/css" "$here/uswds/fonts/source-sans-pro" "$here/uswds/fonts/merriweather" \
    "$here/uswds/fonts/roboto-mono" "$here/uswds/img/usa-icons"
cd package
cp LICENSE.md "$here/uswds/"
# The source map is not shipped, so the comment that names it goes.
sed 's,/\*# sourceMappingURL=[^*]*\*/,,' dist/css/uswds.min.css > "$here/uswds/css/uswds.min.css"
cp dist/fonts/source-sans-pro/sourcesanspro-regular-webfont.woff2 \
    dist/fonts/source-sans-pro/sourcesanspro-bold-webfont.woff2 "$here/uswds/fonts/source-sans-pro/"
cp dist/fonts/merriweather/Latin-Merriweather-Bold.woff2 "$here/uswds/fonts/merriweather/"
cp dist/fonts/roboto-mono/roboto-mono-v5-latin-regular.woff2 "$here/uswds/fonts/roboto-mono/"
cp dist/img/correct8.svg dist/img/correct8-alt.svg "$here/uswds/img/"
for icon in check_circle error info warning; do
    cp "dist/img/usa-icons/$icon.svg" "$here/uswds/img/usa-icons/"
done
gzip -9 -n -k "$here/uswds/css/uswds.min.css"
cd "$here/uswds"
find . -type f | LC_ALL=C sort | xargs sha256sum > "$crate/uswds.sha256"
