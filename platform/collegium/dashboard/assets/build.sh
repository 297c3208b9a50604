#!/bin/sh
# Builds static/dashboard/app.css from assets/app.css, and the parts of ECharts that assets/charts.entry.js
# names into static/vendor, in a temporary folder. Needs Node 20 and npm.
set -eu
dashboard=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
root=$(CDPATH='' cd -- "$dashboard/../../.." && pwd)
work=${ASSETS_DIR:-$(mktemp -d)}
vendor="$dashboard/static/vendor"
echarts=6.1.0
mkdir -p "$work"
cp "$dashboard/assets/package.json" "$dashboard/assets/charts.entry.js" "$work/"
sed -e "s|DASHBOARD|$dashboard|" -e "s|VERTICALS|$root/verticals|" "$dashboard/assets/app.css" >"$work/app.css"
cd "$work"
[ -d node_modules/echarts ] && [ -d node_modules/daisyui ] ||
  npm install --no-audit --no-fund --ignore-scripts --loglevel=error
npx @tailwindcss/cli -i app.css -o "$dashboard/static/dashboard/app.css" --minify
npx esbuild charts.entry.js --bundle --minify --format=iife --global-name=echarts --legal-comments=none \
  --banner:js="/*! Apache ECharts $echarts, Apache-2.0: echarts-$echarts.LICENSE.txt */" \
  --outfile="$vendor/echarts-$echarts.min.js" --log-level=warning
{
  cat node_modules/echarts/LICENSE node_modules/echarts/NOTICE
  printf '\n\n== zrender ==\n\n'
  cat node_modules/zrender/LICENSE
  printf '\n\n== tslib ==\n\n'
  cat node_modules/tslib/LICENSE.txt
  printf '\n\n== parts of d3 ==\n\n'
  cat node_modules/echarts/licenses/LICENSE-d3
} >"$vendor/echarts-$echarts.LICENSE.txt"
[ -n "${ASSETS_DIR:-}" ] || rm -rf "$work"
