/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sorts, filters and turns over the tables. Without it the page is whole, but for the rows behind the first of large
 * tables. Texts become text nodes and nothing else. What is drawn here and in grid.c has to look the same.
 */
(function () {
	"use strict";
	const PAGE = 25, SHORT = 24, BRIEF = 2;
	const CLASSES = { t: "text", w: "word", n: "number", b: "number", i: "number", d: "time", l: "list", m: "list" };
	const SVG = "http://www.w3.org/2000/svg";

	function element(name, className, text) {
		const e = document.createElement(name);
		if (className)
			e.className = className;
		if (text !== undefined)
			e.textContent = text;
		return e;
	}

	function grouped(n) {
		return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
	}

	function stamp(seconds) {
		return seconds ? new Date(seconds * 1000).toISOString().slice(0, 19) : "";
	}

	function bar(n, max) {
		const svg = document.createElementNS(SVG, "svg"), rect = document.createElementNS(SVG, "rect");
		svg.setAttribute("class", "bar");
		svg.setAttribute("viewBox", "0 0 100 6");
		svg.setAttribute("preserveAspectRatio", "none");
		svg.setAttribute("aria-hidden", "true");
		rect.setAttribute("width", String(max > 0 ? Math.ceil(n * 100 / max) : 0));
		rect.setAttribute("height", "6");
		svg.append(rect);
		return svg;
	}

	function name(text) {
		return element("bdi", new TextEncoder().encode(text).length <= SHORT ? "one" : "", text);
	}

	function fill(cell, kind, value, max) {
		if (kind === "t") {
			if (value)
				cell.append(name(value));
		} else if (kind === "w") {
			const at = value.indexOf(":");
			if (at + 1 < value.length)
				cell.append(element("span", "badge " + value.slice(0, at), value.slice(at + 1)));
		} else if (kind === "d") {
			if (value) {
				const time = element("time", "", stamp(value).replace("T", " ").slice(0, 16));
				time.dateTime = stamp(value) + "Z";
				cell.append(time);
			}
		} else if (kind === "l" || kind === "m") {
			const items = value.slice(0, -1), shown = kind === "m" ? items.slice(0, BRIEF) : items;
			const more = value[value.length - 1] + items.length - shown.length;
			shown.forEach(function (item, i) {
				if (i > 0)
					cell.append(", ");
				cell.append(name(item));
			});
			if (more > 0)
				cell.append(" ", element("span", "more", "+" + grouped(more)));
		} else if (kind === "i") {
			cell.append(String(value));
		} else {
			cell.append(grouped(value));
			if (kind === "b")
				cell.append(bar(value, max));
		}
	}

	/* What a cell is called, for whoever looks for it or sorts by it. */
	function words(kind, value) {
		if (kind === "w")
			return value.slice(value.indexOf(":") + 1).toLowerCase();
		if (kind === "l" || kind === "m")
			return value.slice(0, -1).join(" ").toLowerCase();
		if (kind === "d")
			return stamp(value).replace("T", " ");
		return String(value).toLowerCase();
	}

	function Grid(table) {
		const name = table.dataset.name, total = Number(table.dataset.rows), body = table.tBodies[0];
		const heads = Array.from(table.tHead.rows[0].cells), title = table.caption.textContent;
		let data = null, found = null, texts = null, page = 0;

		/* Only when somebody wants more than what is there. */
		function load() {
			if (data)
				return;
			data = JSON.parse(document.getElementById("data-" + name).textContent);
			found = data.rows.map(function (row, i) { return i; });
		}

		function draw() {
			const first = page * PAGE, last = Math.min(found.length, first + PAGE), rows = document.createDocumentFragment();
			for (let i = first; i < last; i++) {
				const row = element("tr");
				data.rows[found[i]].forEach(function (value, k) {
					const kind = data.kinds[k], cell = element(k === 0 ? "th" : "td", CLASSES[kind]);
					if (k === 0)
						cell.scope = "row";
					fill(cell, kind, value, data.max[k]);
					row.append(cell);
				});
				rows.append(row);
			}
			body.replaceChildren(rows);
			tell();
		}

		function tell() {
			const n = found ? found.length : total, first = page * PAGE;
			status.textContent = n === 0 ? "Nothing fits" : "Rows " + grouped(first + 1) + " to " + grouped(Math.min(n, first + PAGE)) +
				" of " + grouped(n) + (n < total ? " (" + grouped(total) + " in all)" : "");
			back.disabled = page === 0;
			next.disabled = first + PAGE >= n;
			pages.hidden = n <= PAGE;
		}

		function turn(by) {
			load();
			page += by;
			draw();
		}

		function sort(column) {
			load();
			const kind = data.kinds[column], was = heads[column].getAttribute("aria-sort");
			const textual = "twlm".includes(kind);
			const up = was ? was === "descending" : textual;
			const keys = data.rows.map(function (row) { return textual ? words(kind, row[column]) : row[column]; });
			heads.forEach(function (head) { head.removeAttribute("aria-sort"); });
			heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
			found.sort(function (a, b) {
				const order = keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : 0;
				return (up ? order : -order) || a - b;
			});
			page = 0;
			draw();
		}

		function filter(text) {
			load();
			const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
			const sorted = heads.findIndex(function (head) { return head.hasAttribute("aria-sort"); });
			if (!texts)
				texts = data.rows.map(function (row) {
					return row.map(function (value, k) { return words(data.kinds[k], value); }).join("\n");
				});
			found = [];
			texts.forEach(function (t, i) {
				if (wanted.every(function (w) { return t.includes(w); }))
					found.push(i);
			});
			page = 0;
			if (sorted >= 0) {
				/* In the same direction as before: sort() turns it round. */
				const was = heads[sorted].getAttribute("aria-sort");
				heads[sorted].setAttribute("aria-sort", was === "ascending" ? "descending" : "ascending");
				sort(sorted);
			} else {
				draw();
			}
		}

		const tools = element("div", "tools"), label = element("label", "", "Filter"), input = element("input");
		const status = element("p", "status"), pages = element("div", "pages");
		const back = element("button", "", "Back"), next = element("button", "", "Next");
		input.type = "search";
		input.placeholder = "name, address, word";
		input.autocomplete = "off";
		input.setAttribute("aria-label", "Filter " + title);
		input.addEventListener("input", function () { filter(input.value); });
		label.append(input);
		status.setAttribute("aria-live", "polite");
		back.type = next.type = "button";
		back.setAttribute("aria-label", "Previous rows of " + title);
		next.setAttribute("aria-label", "Next rows of " + title);
		back.addEventListener("click", function () { turn(-1); });
		next.addEventListener("click", function () { turn(1); });
		pages.append(back, next);
		tools.append(label, status, pages);
		table.parentNode.before(tools);
		heads.forEach(function (head, column) {
			const button = element("button", "", head.textContent);
			button.type = "button";
			button.addEventListener("click", function () { sort(column); });
			head.replaceChildren(button);
		});
		const rest = document.getElementById("rest-" + name);
		if (rest)
			rest.hidden = true;
		tell();
	}

	document.querySelectorAll("table[data-name]").forEach(function (table) {
		if (document.getElementById("data-" + table.dataset.name))
			Grid(table);
	});
	/* What is folded away is printed, too. */
	window.addEventListener("beforeprint", function () {
		document.querySelectorAll("details:not([open]):not(.card details)").forEach(function (d) {
			d.open = true;
			d.dataset.folded = "";
		});
	});
	window.addEventListener("afterprint", function () {
		document.querySelectorAll("details[data-folded]").forEach(function (d) {
			d.open = false;
			delete d.dataset.folded;
		});
	});
})();
