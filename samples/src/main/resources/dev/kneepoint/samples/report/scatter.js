"use strict";
/* The chart of the front: one mark a layout, by two figures of choice. Sizes differ in shape as well as colour; a ring
   marks the best of each size. */
(() => {
    const { css, digits, group, si, node, swatch, path, SHAPES, FORMAT } = Charts;
    const fronts = JSON.parse(document.getElementById("data").textContent);
    const live = document.getElementById("live");
    const PAPER = 660;
    const NEAR = 40;
    const format = {
        throughput: FORMAT.throughput,
        time: (v) => v < 1 ? digits(v * 1e3) + " ms" : digits(v) + " s",
        memory: (v) => si(v) + (/[a-zA-Z]$/.test(si(v)) ? "" : " ") + "B",
        cost: FORMAT.cost,
        energy: (v) => digits(v) + " J",
    };
    const TICK = { ...format, throughput: si };
    const WORDS = { throughput: "", time: "", memory: "", cost: " per M tokens", energy: " per token" };

    /* With more sizes than colours, the second round of a colour has the next shape. */
    const colour = (i) => "--c" + i % 7;
    const shape = (i) => (i + Math.floor(i / 7)) % 7;

    function scatter(plot) {
        const { points } = fronts[plot.dataset.front];
        const figure = plot.closest("figure");
        const axes = [...figure.querySelectorAll("select.axis")];
        const keys = axes[0] ? [...axes[0].options].map((o) => o.value) : [];
        const sizes = [...new Set(points.map((p) => p.devices))].sort((a, b) => a - b);
        const shown = new Set(sizes);
        const legend = figure.querySelector(".legend");
        const head = node("p", "", { class: "at" });
        const list = node("div", "", { class: "items" });
        let drawn = null;
        let order = [];
        let at = null;
        legend.append(head, list);

        const chosen = (which) => axes.find((s) => s.dataset.axis === which).value;
        const said = (p) => group(p.devices) + " devices, " + p.strategy + ": "
            + keys.map((k) => format[k](p[k]) + WORDS[k]).join(", ") + (p.best ? "; the best of its size" : "");
        const tell = (p) => {
            at = p;
            head.textContent = p ? said(p) : order.length + " layouts; a ring marks the best of each size";
        };

        /* A linear axis from just below the least figure: fronts are narrow. Logarithmic where figures span decades. */
        const scale = (key) => {
            const values = order.map((p) => p[key]);
            const [low, high] = [Math.min(...values), Math.max(...values)];
            if (high > 10 * low && low > 0) {
                return { time: false, distr: 3, range: [low / 1.3, high * 1.3] };
            }
            const room = (high - low) * 0.08 || high * 0.1 || 1;
            return { time: false, range: [Math.max(0, low - room), high + room] };
        };
        const axis = (key, scale, label) => ({
            stroke: css("--soft"), font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif",
            ticks: { stroke: css("--line") }, grid: { stroke: css("--grid"), width: 1 }, label, labelSize: 22,
            values: (u, all) => all.map((v) => v === null ? "" : TICK[key](v)),
            ...(scale.distr ? { splits: Charts.logSplits, filter: (u, splits) => splits } : {}),
        });
        const mark = (u) => {
            const ratio = uPlot.pxRatio;
            u.ctx.save();
            order.forEach((p) => {
                const i = sizes.indexOf(p.devices);
                const x = u.valToPos(p[chosen("x")], "x", true);
                const y = u.valToPos(p[chosen("y")], "y", true);
                u.ctx.fillStyle = u.ctx.strokeStyle = css(colour(i));
                u.ctx.fill(path(SHAPES[shape(i)], x, y, 4.2 * ratio));
                if (p.best || p === at) {
                    u.ctx.lineWidth = (p === at ? 3 : 2) * ratio;
                    u.ctx.stroke(path("circle", x, y, 9 * ratio));
                }
            });
            u.ctx.restore();
        };
        const nearest = (u) => {
            const away = (p) => Math.hypot(u.valToPos(p[chosen("x")], "x") - u.cursor.left,
                u.valToPos(p[chosen("y")], "y") - u.cursor.top);
            const [first] = order.map((p) => [away(p), p]).sort((a, b) => a[0] - b[0]);
            return first && first[0] < NEAR ? first[1] : null;
        };
        const redraw = () => {
            drawn?.destroy();
            const [x, y] = [chosen("x"), chosen("y")];
            order = points.filter((p) => shown.has(p.devices)).sort((a, b) => a[x] - b[x] || a[y] - b[y]);
            tell(null);
            plot.hidden = order.length === 0;
            if (plot.hidden) {
                drawn = null;
                return;
            }
            const paper = document.documentElement.dataset.paper !== undefined;
            const scales = { x: scale(x), y: scale(y) };
            const name = (which) => axes.find((s) => s.dataset.axis === which).selectedOptions[0].textContent;
            drawn = new uPlot({
                width: Math.max(240, Math.floor(paper ? PAPER : plot.clientWidth)),
                height: paper ? 310 : 380,
                padding: [12, 18, 0, 0],
                legend: { show: false },
                cursor: { x: false, y: false, drag: { x: false, y: false }, points: { show: false } },
                scales,
                series: [{}, { paths: () => null, points: { show: false } }],
                axes: [{ ...axis(x, scales.x, name("x")), size: 36, space: 80 },
                    { ...axis(y, scales.y, name("y")), size: 72 }],
                hooks: {
                    draw: [mark],
                    setCursor: [(u) => {
                        const p = u.cursor.left < 0 ? null : nearest(u);
                        if (p !== at && !keyed) {
                            tell(p);
                            u.redraw(false);
                        }
                    }],
                },
            }, [order.map((p) => p[x]), order.map((p) => p[y])], plot);
        };

        let keyed = false;
        plot.addEventListener("pointermove", () => { keyed = false; });
        plot.addEventListener("keydown", (e) => {
            const now = order.indexOf(at);
            const last = order.length - 1;
            const steps = { ArrowLeft: now < 0 ? last : now - 1, ArrowRight: now + 1, Home: 0, End: last };
            if (e.key in steps) {
                e.preventDefault();
                keyed = true;
                tell(order[Math.min(last, Math.max(0, steps[e.key]))]);
                live.textContent = said(at);
                drawn.redraw(false);
            }
        });
        plot.addEventListener("blur", () => {
            keyed = false;
            tell(null);
            drawn?.redraw(false);
        });
        axes.forEach((s) => s.addEventListener("change", redraw));
        if (sizes.length > 1) {
            list.replaceChildren(...sizes.map((n, i) => {
                const button = node("button", "", { type: "button", "aria-pressed": true });
                button.append(swatch(shape(i), colour(i)), node("span", group(n) + " devices"));
                button.addEventListener("click", () => {
                    const on = !shown.delete(n);
                    if (on) {
                        shown.add(n);
                    }
                    button.setAttribute("aria-pressed", on);
                    redraw();
                });
                return button;
            }));
        }
        redraw();
        document.addEventListener("restyle", redraw);
        let width = plot.clientWidth;
        new ResizeObserver(() => {
            if (plot.clientWidth && plot.clientWidth !== width) {
                width = plot.clientWidth;
                redraw();
            }
        }).observe(plot);
    }

    document.querySelectorAll(".scatter").forEach(scatter);
})();
