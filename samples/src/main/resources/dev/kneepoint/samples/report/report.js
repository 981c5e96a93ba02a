"use strict";
(() => {
  const studies = JSON.parse(document.getElementById("data").textContent);
  // Okabe and Ito's palette, which colour-blind readers can tell apart.
  const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f"];
  const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3], [], [6, 3], [2, 2], []];
  const marks = ["circle", "rect", "triangle", "rectRot", "cross", "star", "crossRot", "dash"];
  const parts = [
    ["compute_s", "compute", "#0072b2"], ["exposed_communication_s", "exposed communication", "#d55e00"],
    ["bubble_s", "bubble", "#e69f00"], ["straggler_s", "straggler", "#cc79a7"], ["launch_s", "launch", "#009e73"],
    ["idle_s", "idle", "#999999"]];
  const charts = [];
  const shade = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const ran = series => series.points.filter(p => p.step_time_s !== undefined);

  function scales(yTitle, yType, sizes) {
    const grid = { color: shade("--line") };
    const ticks = { color: shade("--soft") };
    return {
      x: { type: "logarithmic", title: { display: true, text: "devices", color: shade("--soft") }, grid,
        min: sizes[0], max: sizes[sizes.length - 1],
        ticks: { ...ticks, autoSkip: false, callback: v => sizes.includes(v) ? String(v) : "" },
        afterBuildTicks: axis => { axis.ticks = sizes.map(value => ({ value })); } },
      y: { type: yType, beginAtZero: yType === "linear", grid, ticks,
        title: { display: true, text: yTitle, color: shade("--soft") } } };
  }

  function options(extra) {
    return { responsive: true, maintainAspectRatio: false, animation: false,
      interaction: { mode: "nearest", axis: "x", intersect: false },
      plugins: { legend: { position: "bottom", labels: { color: shade("--fore"), usePointStyle: true, boxHeight: 7 } } },
      ...extra };
  }

  function lines(study, pick) {
    return study.series.map((s, i) => {
      const knee = s.knee && s.knee.devices;
      const points = ran(s).filter(p => pick(p) !== undefined);
      return { label: s.strategy + (knee ? " (knee " + knee + ")" : ""), borderColor: colours[i % colours.length],
        backgroundColor: colours[i % colours.length], borderDash: dashes[i % dashes.length],
        pointStyle: marks[i % marks.length], borderWidth: 2,
        pointRadius: points.map(p => p.devices === knee ? 9 : 4),
        data: points.map(p => ({ x: p.devices, y: pick(p) })) };
    });
  }

  function draw(id, config) {
    charts.push(new Chart(document.getElementById(id), config));
  }

  function lineChart(study, index, name, pick, yTitle, yType, sizes) {
    const datasets = lines(study, pick);
    if (name === "throughput") {
      const first = ran(study.series[0])[0];
      if (first) {
        datasets.push({ label: "ideal", borderColor: shade("--soft"), borderDash: [3, 3], borderWidth: 1, pointRadius: 0,
          pointStyle: "line",
          data: sizes.map(n => ({ x: n, y: first.tokens_per_s * n / first.devices })) });
      }
    }
    draw(name + "-" + index, { type: "line", data: { datasets }, options: options({ scales: scales(yTitle, yType, sizes) }) });
  }

  function stacked(study, index) {
    const select = document.getElementById("parts-of-" + index);
    const build = () => {
      const points = ran(study.series[select.selectedIndex]);
      return { labels: points.map(p => String(p.devices)),
        datasets: parts.map(([key, label, colour]) => ({ label, backgroundColor: colour, pointStyle: "rect",
          data: points.map(p => 100 * p[key] / p.step_time_s) })) };
    };
    const axis = title => ({ stacked: true, grid: { color: shade("--line") }, ticks: { color: shade("--soft") },
      title: { display: true, text: title, color: shade("--soft") } });
    const chart = new Chart(document.getElementById("parts-" + index), { type: "bar", data: build(),
      options: options({ scales: { x: axis("devices"), y: { ...axis("% of the step"), max: 100 } } }) });
    charts.push(chart);
    select.onchange = () => { chart.data = build(); chart.update(); };
  }

  function drawAll() {
    charts.splice(0).forEach(c => c.destroy());
    studies.forEach((study, index) => {
      const sizes = [...new Set(study.series.flatMap(s => s.points.map(p => p.devices)))].sort((a, b) => a - b);
      lineChart(study, index, "throughput", p => p.tokens_per_s, "tokens/s", "logarithmic", sizes);
      lineChart(study, index, "mfu", p => p.mfu === undefined ? undefined : 100 * p.mfu, "MFU, %", "linear", sizes);
      stacked(study, index);
      lineChart(study, index, "energy", p => p.tokens_per_joule, "tokens per joule", "linear", sizes);
      lineChart(study, index, "cost", p => p.cost_per_million_tokens_usd, "USD per million tokens", "linear", sizes);
    });
  }

  function markKnees() {
    studies.forEach((study, index) => {
      const knees = new Map(study.series.map(s => [s.strategy, s.knee && s.knee.devices]));
      document.querySelectorAll("#table-" + index + " tbody tr").forEach(row => {
        if (knees.get(row.cells[0].textContent) === Number(row.cells[1].textContent)) {
          row.classList.add("knee");
          row.cells[1].title = "knee";
        }
      });
    });
  }

  function sortable() {
    document.querySelectorAll("table.figures").forEach(table => {
      [...table.tHead.rows[0].cells].forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = head.textContent;
        button.title = "sort";
        head.replaceChildren(button);
        button.onclick = () => {
          const down = head.getAttribute("aria-sort") === "ascending";
          [...table.tHead.rows[0].cells].forEach(c => c.removeAttribute("aria-sort"));
          head.setAttribute("aria-sort", down ? "descending" : "ascending");
          const key = row => {
            const text = row.cells[column] ? row.cells[column].textContent.replace(/,/g, "") : "";
            return text === "" || isNaN(text) ? text : Number(text);
          };
          const rows = [...table.tBodies[0].rows];
          rows.sort((a, b) => {
            const x = key(a), y = key(b);
            const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
            return down ? -order : order;
          });
          table.tBodies[0].append(...rows);
        };
      });
    });
  }

  const dark = () => document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  document.getElementById("theme").onclick = () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    drawAll();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("beforeprint", () => charts.forEach(c => c.resize()));
  markKnees();
  sortable();
  drawAll();
  document.documentElement.dataset.drawn = String(charts.length);
})();
