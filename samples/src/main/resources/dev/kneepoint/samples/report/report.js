"use strict";
/* Wires the page: charts with legends and keys, theme, sorting, print. Everything else is in the HTML already. */
(() => {
    const studies = JSON.parse(document.getElementById("data").textContent);
    const live = document.getElementById("live");
    const root = document.documentElement;
    const charts = [];
    const { node, swatch } = Charts;

    document.querySelectorAll(".script-only").forEach((e) => { e.hidden = false; });

    /* Names, swatches and values at a size of everything that a chart can show. */
    function items(study, key, state) {
        if (key === "parts") {
            const parts = study.series[state.choice].parts;
            return Charts.PARTS.map((name, k) => ({ name, swatch: swatch(1, "--p" + k), at: (i) => parts[i]?.[k] }));
        }
        const all = study.series.map((s, k) => ({
            name: s.name, swatch: swatch(k % 7, "--c" + k % 7), at: (i) => s[key][i], why: (i) => s.why[i],
            knee: s.knee,
        }));
        if (key === "throughput") {
            all.push({ name: "ideal", swatch: swatch(0, "--soft", true),
                at: (i) => study.sizes[i] * study.idealPerDevice });
        }
        return all;
    }

    function chart(plot) {
        const study = studies[plot.dataset.study];
        const key = plot.dataset.chart;
        const figure = plot.closest("figure");
        const legend = figure.querySelector(".legend");
        const choice = figure.querySelector(".choice");
        const scale = figure.querySelector(".scale");
        const count = key === "parts" ? Charts.PARTS.length : study.series.length + 1;
        const state = { shown: Array(count).fill(true), log: true, choice: choice ? +choice.value : 0, width: 0 };
        let drawn = null;
        let at = null;
        let buttons = [];
        const head = node("p", "", { class: "at" });
        const list = node("div", "", { class: "items" });
        legend.append(head, list);

        const value = (item, i) => {
            const v = item.at(i);
            if (v !== null && v !== undefined) {
                return Charts.FORMAT[key](v);
            }
            const why = item.why && item.why(i);
            return why ? study.tellsWhy ? why : "cannot run" : "–";
        };
        const last = () => study.sizes.length - 1;
        const tell = () => {
            const i = at ?? last();
            head.textContent = "Values at " + Charts.group(study.sizes[i]) + " devices";
            buttons.forEach(({ item, out }) => { out.textContent = value(item, i); });
        };
        const redraw = () => {
            drawn?.destroy();
            at = null;
            drawn = Charts.draw(plot, study, key, state, (i) => {
                if (i !== at) {
                    at = i;
                    tell();
                }
            });
            tell();
        };
        const relist = () => {
            buttons = items(study, key, state).map((item, i) => {
                const knee = item.knee ? " (knee at " + Charts.group(item.knee) + ")" : "";
                const button = node("button", "", { type: "button", "aria-pressed": state.shown[i] });
                const out = node("span", "", { class: "value" });
                button.append(item.swatch, node("span", item.name + knee), out);
                button.addEventListener("click", () => {
                    state.shown[i] = !state.shown[i];
                    button.setAttribute("aria-pressed", state.shown[i]);
                    redraw();
                });
                return { item, out, button };
            });
            list.replaceChildren(...buttons.map((b) => b.button));
        };
        const move = (to) => {
            const i = Math.min(last(), Math.max(0, to));
            const x = key === "parts" ? i : Math.log2(study.sizes[i]);
            drawn.setCursor({ left: drawn.valToPos(x, "x"), top: 10 });
            live.textContent = Charts.group(study.sizes[i]) + " devices: "
                + buttons.filter((b, k) => state.shown[k]).map((b) => b.item.name + " " + value(b.item, i)).join(", ");
        };
        plot.addEventListener("keydown", (e) => {
            const steps = { ArrowLeft: (at ?? last() + 1) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: last() };
            if (e.key in steps) {
                e.preventDefault();
                move(steps[e.key]);
            }
        });
        plot.addEventListener("blur", () => drawn.setCursor({ left: -10, top: -10 }));
        choice?.addEventListener("change", () => {
            state.choice = +choice.value;
            relist();
            redraw();
        });
        scale?.addEventListener("click", () => {
            state.log = !state.log;
            scale.setAttribute("aria-pressed", state.log);
            redraw();
        });
        relist();
        redraw();
        charts.push({ redraw, state, full: key === "throughput" });
        let width = plot.clientWidth;
        new ResizeObserver(() => {
            if (!state.width && plot.clientWidth && plot.clientWidth !== width) {
                width = plot.clientWidth;
                redraw();
            }
        }).observe(plot);
    }

    const preferred = matchMedia("(prefers-color-scheme: dark)");
    const theme = document.getElementById("theme");
    const isDark = () => (root.dataset.theme || (preferred.matches ? "dark" : "light")) === "dark";
    const themed = () => {
        theme.textContent = isDark() ? "Light theme" : "Dark theme";
        charts.forEach((c) => c.redraw());
        document.dispatchEvent(new CustomEvent("restyle"));
    };
    theme.addEventListener("click", () => {
        root.dataset.theme = isDark() ? "light" : "dark";
        themed();
    });
    preferred.addEventListener("change", themed);

    /* Paper is light and has its own width; a canvas does not follow the style sheet, so draw it anew. */
    let before = null;
    addEventListener("beforeprint", () => {
        before ??= { theme: root.dataset.theme };
        root.dataset.theme = "light";
        root.dataset.paper = "";
        charts.forEach((c) => { c.state.width = c.full ? 660 : 315; });
        themed();
    });
    addEventListener("afterprint", () => {
        if (before?.theme) {
            root.dataset.theme = before.theme;
        } else {
            delete root.dataset.theme;
        }
        before = null;
        delete root.dataset.paper;
        charts.forEach((c) => { c.state.width = 0; });
        themed();
    });

    function sortable(table) {
        const body = table.tBodies[0];
        const heads = [...table.tHead.rows[0].cells];
        heads.forEach((th, column) => {
            const button = node("button", th.textContent, { type: "button" });
            th.replaceChildren(button);
            button.addEventListener("click", () => {
                const up = th.getAttribute("aria-sort") !== "ascending";
                heads.forEach((h) => h.removeAttribute("aria-sort"));
                th.setAttribute("aria-sort", up ? "ascending" : "descending");
                const number = th.classList.contains("num");
                const key = (row) => row.cells[column]?.dataset.key ?? "";
                // Rows without the figure stay at the end in either direction.
                const rows = [...body.rows].sort((a, b) => {
                    const [x, y] = [key(a), key(b)];
                    if (x === "" || y === "") {
                        return (x === "") - (y === "");
                    }
                    return (number ? x - y : x.localeCompare(y)) * (up ? 1 : -1);
                });
                body.append(...rows);
            });
        });
    }

    document.querySelectorAll(".plot").forEach(chart);
    document.querySelectorAll(".full table").forEach(sortable);
    themed();
})();
