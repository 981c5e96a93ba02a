"use strict";
/* Charts on uPlot. The x values are log2(devices), or a size's number in the stacked chart, so that sizes are spread
   evenly; the labels are the devices. */
const Charts = (() => {
    const PARTS = ["compute", "exposed communication", "bubble", "straggler", "launch", "idle"];
    const SHAPES = ["circle", "square", "triangle", "diamond", "down", "cross", "bar"];
    const SVG = ["M6 1a5 5 0 1 0 .01 0z", "M1 1h10v10H1z", "M6 0l6 11H0z", "M6 0l6 6-6 6-6-6z", "M6 12l6-11H0z",
        "M4 0h4v4h4v4H8v4H4V8H0V4h4z", "M0 4h12v4H0z"];
    const height = (key, state) => (key === "throughput" ? 360 : 270) - (state.width ? 50 : 0);

    const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const group = (n) => n.toLocaleString("en-US");
    const digits = (v) => v === 0 ? "0" : Math.abs(v) >= 1000 ? group(Math.round(v)) : String(+v.toPrecision(3));
    const si = (v) => {
        const units = [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
        for (const [size, unit] of units) {
            if (Math.abs(v) >= size * 0.9995) {
                return +(v / size).toPrecision(3) + " " + unit;
            }
        }
        return digits(v);
    };
    const percent = (v) => (v * 100).toFixed(1) + " %";
    const FORMAT = {
        throughput: (v) => si(v) + (/[a-zA-Z]$/.test(si(v)) ? "" : " ") + "tokens/s",
        mfu: percent,
        energy: (v) => digits(v) + " tokens/J",
        cost: (v) => "$" + (v >= 1 ? v.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })
            : digits(v)),
        parts: percent,
    };
    const AXIS = { throughput: si, mfu: (v) => digits(v * 100) + "%", energy: digits, cost: (v) => "$" + digits(v),
        parts: (v) => Math.round(v * 100) + "%" };
    const NAME = { throughput: "tokens/s", mfu: "MFU", energy: "tokens per joule", cost: "US$ per million tokens",
        parts: "share of the step" };

    function path(shape, x, y, r) {
        const p = new Path2D();
        if (shape === "circle") {
            p.arc(x, y, r, 0, 2 * Math.PI);
            return p;
        }
        const b = r * 0.4;
        const corners = {
            square: [[-r, -r], [r, -r], [r, r], [-r, r]],
            triangle: [[0, -r * 1.2], [r * 1.1, r], [-r * 1.1, r]],
            diamond: [[0, -r * 1.3], [r * 1.3, 0], [0, r * 1.3], [-r * 1.3, 0]],
            down: [[0, r * 1.2], [r * 1.1, -r], [-r * 1.1, -r]],
            cross: [[-b, -r], [b, -r], [b, -b], [r, -b], [r, b], [b, b], [b, r], [-b, r], [-b, b], [-r, b], [-r, -b],
                [-b, -b]],
            bar: [[-r * 1.2, -b], [r * 1.2, -b], [r * 1.2, b], [-r * 1.2, b]],
        }[shape];
        corners.forEach(([dx, dy], i) => i ? p.lineTo(x + dx, y + dy) : p.moveTo(x + dx, y + dy));
        p.closePath();
        return p;
    }

    /* Markers differ in shape as well as colour; a ring and a line down to the axis mark the knee. */
    function drawMarks(u, study, key, shown) {
        const ctx = u.ctx;
        const ratio = uPlot.pxRatio;
        ctx.save();
        study.series.forEach((s, i) => {
            if (!shown[i]) {
                return;
            }
            ctx.fillStyle = ctx.strokeStyle = css("--c" + i % 7);
            ctx.setLineDash([]);
            s[key].forEach((v, at) => {
                if (v === null) {
                    return;
                }
                const x = u.valToPos(Math.log2(study.sizes[at]), "x", true);
                const y = u.valToPos(v, "y", true);
                ctx.fill(path(SHAPES[i % 7], x, y, 4.2 * ratio));
                if (study.sizes[at] === s.knee) {
                    ctx.lineWidth = 2.2 * ratio;
                    ctx.stroke(path("circle", x, y, 9 * ratio));
                    ctx.lineWidth = 1.2 * ratio;
                    ctx.setLineDash([2 * ratio, 3 * ratio]);
                    ctx.beginPath();
                    ctx.moveTo(x, y + 9 * ratio);
                    ctx.lineTo(x, u.bbox.top + u.bbox.height);
                    ctx.stroke();
                    ctx.setLineDash([]);
                }
            });
        });
        ctx.restore();
    }

    function axes(study, key, xs) {
        const text = { stroke: css("--soft"), font: "12px system-ui, sans-serif",
            labelFont: "12px system-ui, sans-serif",
            ticks: { stroke: css("--line") }, grid: { stroke: css("--grid"), width: 1 } };
        // Labels of neighbouring sizes must not touch: leave out what does not fit, but keep the largest size.
        const fitting = (u) => {
            const room = u.bbox.width / uPlot.pxRatio;
            const step = Math.max(1, Math.ceil(xs.length * 46 / Math.max(room, 1)));
            return study.sizes.map((n, i) => (xs.length - 1 - i) % step === 0 ? group(n) : "");
        };
        return [
            { ...text, label: "devices", labelSize: 20, size: 32, splits: () => xs, values: fitting,
                grid: { show: false } },
            { ...text, label: NAME[key], labelSize: 22, size: 62, values: (u, vals) => vals.map((v) => v === null
                ? "" : AXIS[key](v)) },
        ];
    }

    const present = (values) => values.filter((v) => v !== null && v !== undefined);

    /* A few round powers for the logarithmic axis: uPlot's own rule leaves most labels out of a short range. */
    function logSplits(u, axis, low, high) {
        const decades = Math.log10(high / low);
        const steps = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
        const all = [];
        for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e++) {
            steps.forEach((s) => all.push(s * 10 ** e));
        }
        return all.filter((v) => v >= low && v <= high);
    }

    function lines(study, key, state, width) {
        const xs = study.sizes.map(Math.log2);
        const data = [xs, ...study.series.map((s) => s[key])];
        const series = study.series.map((s, i) => ({ show: state.shown[i], stroke: css("--c" + i % 7), width: 2.2,
            points: { show: false } }));
        if (key === "throughput") {
            data.push(study.sizes.map((n) => n * study.idealPerDevice));
            series.push({ show: state.shown[study.series.length], stroke: css("--soft"), width: 1.5, dash: [7, 5],
                points: { show: false } });
        }
        const seen = present(data.slice(1).filter((d, i) => state.shown[i]).flat());
        const low = Math.min(...seen, Infinity);
        const high = Math.max(...seen, 0) || 1;
        const log = key === "throughput" && state.log && seen.length > 0;
        const axis = axes(study, key, xs);
        if (log) {
            axis[1].splits = logSplits;
            axis[1].filter = (u, splits) => splits;
        }
        return { data, options: {
            width, height: height(key, state),
            scales: { x: { time: false, range: [xs[0] - 0.3, xs[xs.length - 1] + 0.3] },
                y: log ? { distr: 3, range: [low / 1.5, high * 1.5] } : { range: [0, high * 1.1] } },
            series: [{}, ...series],
            axes: axis,
            hooks: { draw: [(u) => drawMarks(u, study, key, state.shown)] },
        } };
    }

    /* Bars of running sums, the largest behind. */
    function stack(study, state, width) {
        const parts = study.series[state.choice].parts;
        const xs = study.sizes.map((n, i) => i);
        const sums = PARTS.map((name, k) => parts.map((p) => p === null ? null : p.reduce((sum, v, i) =>
            i <= k && state.shown[i] ? sum + v : sum, 0)));
        const data = [xs];
        const series = [{}];
        for (let k = PARTS.length - 1; k >= 0; k--) {
            data.push(sums[k]);
            series.push({ show: state.shown[k], fill: css("--p" + k), stroke: css("--ground"), width: 0.5,
                paths: uPlot.paths.bars({ size: [0.72, 64] }), points: { show: false } });
        }
        return { data, options: {
            width, height: height("parts", state),
            scales: { x: { time: false, range: [-0.6, xs.length - 0.4] }, y: { range: [0, 1] } },
            series, axes: axes(study, "parts", xs), hooks: {},
        } };
    }

    /* A width in the state is for paper, which is also less high. Draws into an element; calls onPoint with
       the number of the size under the cursor, or null. */
    function draw(element, study, key, state, onPoint) {
        const width = Math.max(240, Math.floor(state.width || element.clientWidth));
        const { data, options } = key === "parts" ? stack(study, state, width) : lines(study, key, state, width);
        options.legend = { show: false };
        options.cursor = { y: false, drag: { x: false, y: false }, points: { show: false } };
        options.padding = [12, 14, 0, 0];
        options.hooks.setCursor = [(u) => onPoint(u.cursor.idx ?? null)];
        return new uPlot(options, data, element);
    }

    const node = (name, text, attributes = {}) => {
        const e = document.createElement(name);
        e.textContent = text;
        Object.entries(attributes).forEach(([k, v]) => e.setAttribute(k, v));
        return e;
    };

    function swatch(shape, colour, dashed) {
        const ns = "http://www.w3.org/2000/svg";
        const svg = document.createElementNS(ns, "svg");
        const path = document.createElementNS(ns, "path");
        [["width", 12], ["height", 12], ["viewBox", "0 0 12 12"], ["aria-hidden", "true"]]
            .forEach(([k, v]) => svg.setAttribute(k, v));
        path.setAttribute("d", dashed ? "M0 6h5M7 6h5" : SVG[shape]);
        path.setAttribute(dashed ? "stroke" : "fill", "var(" + colour + ")");
        path.setAttribute("stroke-width", dashed ? "2" : "0");
        svg.append(path);
        return svg;
    }

    return { PARTS, SHAPES, FORMAT, css, digits, draw, group, logSplits, node, path, si, swatch };
})();
