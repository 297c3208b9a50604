#!/bin/sh
# Builds static/dashboard/app.css from assets/app.css in a temporary folder. Needs Node 20 and npm.
set -eu
dashboard=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
root=$(CDPATH='' cd -- "$dashboard/../../.." && pwd)
work=${ASSETS_DIR:-$(mktemp -d)}
mkdir -p "$work"
cp "$dashboard/assets/package.json" "$work/"
sed -e "s|DASHBOARD|$dashboard|" -e "s|VERTICALS|$root/verticals|" "$dashboard/assets/app.css" >"$work/app.css"
cd "$work"
[ -d node_modules/daisyui ] || npm install --no-audit --no-fund --ignore-scripts --loglevel=error
npx @tailwindcss/cli -i app.css -o "$dashboard/static/dashboard/app.css" --minify
[ -n "${ASSETS_DIR:-}" ] || rm -rf "$work"
