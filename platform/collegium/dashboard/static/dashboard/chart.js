// Draws charts: <figure data-chart="ID"> shows the ECharts specification that the JSON script ID holds.
// Colours, fonts and numbers follow the page. Checkboxes with data-series="NAME" and data-of="ID" show and hide
// a series, so that what is drawn can be chosen by keyboard; a legend is drawn only where there are none.
const PALETTE = 6;
const charts = new Map();

// ECharts knows no oklch: the browser paints the colour and tells what came out.
const painted = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function colour(value) {
  painted.clearRect(0, 0, 1, 1);
  painted.fillStyle = value;
  painted.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = painted.getImageData(0, 0, 1, 1).data;
  return `rgba(${red},${green},${blue},${alpha / 255})`;
}

function look(element) {
  const style = getComputedStyle(element);
  const named = (name) => colour(style.getPropertyValue(name));
  return {
    ink: colour(style.color),
    line: named("--color-base-300"),
    paper: named("--color-base-100"),
    font: style.fontFamily,
    palette: Array.from({ length: PALETTE }, (_, n) => named(`--chart-${n + 1}`)),
  };
}

function numbers(language) {
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 2 });
  const full = new Intl.NumberFormat(language, { maximumFractionDigits: 4 });
  return { short: (value) => short.format(value), full: (value) => (value == null ? "–" : full.format(value)) };
}

function axis(given, { ink, line, font }, write) {
  const label = { color: ink, fontFamily: font, fontSize: 12, ...given.axisLabel };
  if (given.type === "value") label.formatter = write.short;
  return {
    ...given,
    axisLabel: { hideOverlap: true, ...label },
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    splitLine: { show: given.type === "value", lineStyle: { color: line } },
    nameTextStyle: { color: ink, fontFamily: font },
  };
}

const listed = (one) => (Array.isArray(one) ? one : one ? [one] : []);

function options(spec, element, boxes) {
  const theme = look(element);
  const write = numbers(document.documentElement.lang || "en");
  const values = listed(spec.yAxis).map((one, n) => ({
    ...axis(one, theme, write),
    ...(n > 0 ? { splitLine: { show: false }, position: "right" } : {}),
  }));
  return {
    ...spec,
    color: theme.palette,
    textStyle: { fontFamily: theme.font, color: theme.ink },
    animation: spec.animation !== false && !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    aria: { enabled: true },
    grid: { left: 8, right: 8, top: boxes.length ? 36 : 56, bottom: 8, containLabel: true },
    legend: {
      show: !boxes.length && listed(spec.series).length > 1,
      type: "scroll",
      top: 0,
      textStyle: { color: theme.ink, fontFamily: theme.font },
      selected: Object.fromEntries(boxes.map((box) => [box.dataset.series, box.checked])),
    },
    tooltip: {
      ...spec.tooltip,
      confine: true,
      valueFormatter: write.full,
      backgroundColor: theme.paper,
      borderColor: theme.line,
      textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 13 },
    },
    xAxis: listed(spec.xAxis).map((one) => axis(one, theme, write)),
    yAxis: values,
    series: listed(spec.series).map((one) => ({
      barMaxWidth: 42,
      symbolSize: 7,
      lineStyle: { width: 2.5 },
      ...one,
    })),
  };
}

function draw(element) {
  const id = element.dataset.chart;
  const script = document.getElementById(id);
  if (!script || charts.get(element)) return;
  const spec = JSON.parse(script.textContent);
  const boxes = [...document.querySelectorAll(`input[data-of="${CSS.escape(id)}"]`)];
  const locale = (document.documentElement.lang || "en").startsWith("zh") ? "ZH" : "EN";
  const chart = window.echarts.init(element, null, { renderer: "svg", locale });
  const show = () => {
    chart.setOption(options(spec, element, boxes), true);
    for (const box of boxes) {
      const label = box.closest("label");
      if (label) label.hidden = false;
      const swatch = label?.querySelector("[data-swatch]");
      const at = listed(spec.series).findIndex((one) => one.name === box.dataset.series);
      if (swatch && at >= 0) swatch.style.background = `var(--chart-${(at % PALETTE) + 1})`;
    }
  };
  show();
  charts.set(element, { chart, show });
  for (const box of boxes) box.addEventListener("change", show);
  new ResizeObserver(() => chart.resize()).observe(element);
}

function drawAll(root = document) {
  for (const [element, { chart }] of charts) {
    if (!element.isConnected) chart.dispose(), charts.delete(element);
  }
  for (const element of root.querySelectorAll("[data-chart]")) draw(element);
}

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const { show } of charts.values()) show();
});
document.addEventListener("htmx:afterSettle", () => drawAll());
drawAll();
