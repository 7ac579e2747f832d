(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const table = byId("every");
  const heads = table ? [...table.tHead.rows[0].cells] : [];
  const rows = table ? [...table.tBodies[0].rows] : [];
  const first = table ? heads.findIndex((head) => head.hasAttribute("aria-sort")) : -1;
  const text = byId("q");
  const boxes = [...document.querySelectorAll("#columns input")];
  const order = { key: "", up: true };
  let place = "";

  const say = (said) => { byId("said").textContent = said; };
  const fits = () => {
    const words = tables.words(text.value);
    return (row) => words.every((word) => row.dataset.names.includes(word));
  };
  const filter = () => tables.filter(rows, fits(), byId("shown"));
  const sort = (i, up) => {
    Object.assign(order, { key: heads[i].dataset.key, up });
    tables.sort(table, i, up);
  };
  const unsort = () => {
    order.key = "";
    if (first >= 0) tables.sort(table, first, true);
  };
  const showColumns = () => boxes.forEach((box) => {
    const i = heads.findIndex((head) => head.dataset.key === box.value);
    [heads[i], ...rows.map((row) => row.cells[i])].forEach((cell) => { cell.hidden = !box.checked; });
  });

  // The address: the cell or the part that is looked at, and then what is chosen of the table.
  const state = () => {
    const chosen = new URLSearchParams();
    if (table) {
      if (text.value) chosen.set("q", text.value);
      if (order.key) chosen.set("sort", (order.up ? "" : "-") + order.key);
      const hidden = boxes.filter((box) => !box.checked).map((box) => box.value);
      if (hidden.length) chosen.set("hide", hidden.join("."));
    }
    return String(chosen);
  };
  const keep = () => tables.keep([place, state()].filter(Boolean).join("&"));
  const read = () => {
    const fragment = location.hash.slice(1);
    const [, named, rest] = /^([^&=]*)(?:&|$)(.*)$/s.exec(fragment) || [, "", fragment];
    return [named, new URLSearchParams(rest)];
  };
  const restore = (chosen) => {
    if (!table) return;
    text.value = chosen.get("q") || "";
    const hidden = (chosen.get("hide") || "").split(".");
    boxes.forEach((box) => { box.checked = !hidden.includes(box.value); });
    const key = chosen.get("sort") || "";
    const i = heads.findIndex((head) => head.dataset.key === key.replace(/^-/, ""));
    if (i >= 0) sort(i, !key.startsWith("-"));
    else unsort();
    showColumns();
    filter();
  };

  // The fields are those of `preconv report --csv`, quoted there: here they are only put together.
  const csv = () => {
    const shown = heads.map((head, i) => i).filter((i) => !heads[i].hidden);
    const fields = (i) => heads[i].dataset.csv;
    const line = (row) => shown.map((i) => row.cells[i].dataset.csv ?? fields(i).replace(/[^,]/g, "")).join(",");
    const lines = [...table.tBodies[0].rows].filter((row) => !row.hidden).map(line);
    return [shown.map(fields).join(","), ...lines, ""].join("\n");
  };
  const save = (content, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const copied = async (words) => {
    try {
      await navigator.clipboard.writeText(words);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = words;
      const focused = document.activeElement;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      focused.focus();
      return done;
    }
  };

  if (table) {
    tables.onPress(table, (i, up) => { sort(i, up); keep(); });
    text.addEventListener("input", () => { filter(); keep(); });
    byId("columns").addEventListener("change", () => { showColumns(); keep(); });
    byId("reset").addEventListener("click", () => {
      restore(new URLSearchParams());
      keep();
    });
    byId("copy").addEventListener("click", async () => {
      say(await copied(csv()) ? "Copied as CSV." : "This browser does not let the page copy.");
    });
    byId("download").addEventListener("click", () => {
      save(new Blob([csv()], { type: "text/csv" }), "cells.csv");
      say("Saved as cells.csv.");
    });
  }

  // Without this script every panel is there.
  document.querySelectorAll(".tools").forEach((tools) => { tools.hidden = false; });
  const choose = (select, chosen) => {
    if (!select) return () => {};
    const panels = [...select.options].map((option) => byId(option.value));
    const show = () => panels.forEach((panel) => { panel.hidden = panel.id !== select.value; });
    show();
    select.addEventListener("change", () => { show(); chosen(select.value); });
    return (id) => { select.value = id; show(); };
  };
  choose(byId("reference"), () => {});
  const show = choose(byId("cell"), (id) => { place = id; keep(); });

  const target = (id) => {
    if (byId(id)) return byId(id);
    try { return byId(decodeURIComponent(id)); } catch { return null; }
  };
  const follow = () => {
    const [named, chosen] = read();
    place = named;
    if (String(chosen) || !named) restore(chosen);
    const found = named && target(named);
    if (found) {
      const panel = found.closest(".panel");
      if (panel) show(panel.id);
      found.scrollIntoView();
      // The keyboard goes on from there.
      const from = found.querySelector("h2, h3, figcaption") || found;
      from.tabIndex = -1;
      from.focus({ preventScroll: true });
    }
    keep();
  };

  // Drawings are saved in the colours of the light page, on white, with the legend below them.
  const light = () => {
    const root = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).find((rule) => rule.selectorText === ":root");
    return (name) => root.style.getPropertyValue(name).trim();
  };
  const svgElement = (name, attributes, content) => {
    const element = document.createElementNS(document.querySelector("svg").namespaceURI, name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(content);
    return element;
  };
  const legendOf = (svg) => {
    const marks = { I: () => "●", B: (mark) => mark.textContent, U: () => "┅", S: () => "━" };
    const paint = (mark) => /--[\w-]+/.exec(mark.style.background)?.[0] || (mark.matches("s.validation") ? "--accent" : "--muted");
    return [...svg.closest("section").querySelectorAll(".legend > span:not(.gap)")].map((span) => {
      const mark = span.firstElementChild;
      const name = span.lastChild.textContent.trim();
      return mark ? { sign: marks[mark.tagName](mark), colour: paint(mark), name } : { sign: "", colour: "--muted", name };
    });
  };
  const below = (copy, legend, colour, width, top) => {
    const size = 11;
    let [x, y] = [size, top + size];
    legend.forEach((each) => {
      const long = (each.name.length + 4) * size * 0.6;
      if (x > size && x + long > width) [x, y] = [size, y + 1.5 * size];
      const text = svgElement("text", { x, y, fill: colour("--ink"), style: `font-size: ${size}px` }, "");
      text.append(svgElement("tspan", { fill: colour(each.colour) }, each.sign), ` ${each.name}`);
      copy.append(text);
      x += long;
    });
    return y + size - top;
  };
  const alone = (svg) => {
    const copy = svg.cloneNode(true);
    const colour = light();
    const [, , width, drawn] = svg.getAttribute("viewBox").split(/\s+/).map(Number);
    const height = drawn + below(copy, legendOf(svg), colour, width, drawn);
    copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const settings = { width, height, "font-family": "system-ui, sans-serif" };
    Object.entries(settings).forEach(([name, value]) => copy.setAttribute(name, value));
    [copy, ...copy.querySelectorAll("*")].forEach((element) => [...element.attributes].forEach((each) => {
      each.value = each.value.replace(/var\((--[\w-]+)\)/g, (_, name) => colour(name));
    }));
    copy.querySelectorAll("text").forEach((element) => {
      Object.assign(element.style, { paintOrder: "stroke", stroke: colour("--ground"), strokeWidth: "3px", strokeLinejoin: "round" });
    });
    copy.prepend(svgElement("rect", { width, height, fill: colour("--ground") }, ""));
    return { text: new XMLSerializer().serializeToString(copy), width, height };
  };
  const savers = {
    SVG: ({ text: markup }, name) => save(new Blob([markup], { type: "image/svg+xml" }), `${name}.svg`),
    PNG: async ({ text: markup, width, height }, name) => {
      const image = new Image();
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(markup)}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [3 * width, 3 * height];
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => save(blob, `${name}.png`), "image/png");
    },
  };
  document.querySelectorAll("figure[id]").forEach((figure) => {
    const svg = figure.querySelector("svg");
    const caption = figure.querySelector("figcaption");
    if (!svg || !caption) return;
    const name = figure.id.replace(/%[0-9A-F]{2}|[^\w.+-]/g, "-");
    const called = caption.firstElementChild.textContent;
    Object.entries(savers).forEach(([kind, saver]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "save";
      button.textContent = kind;
      button.setAttribute("aria-label", `${kind}: save ${called}`);
      button.addEventListener("click", () => saver(alone(svg), name));
      caption.append(" ", button);
    });
  });

  addEventListener("hashchange", follow);
  if (location.hash) follow();
  else if (table) restore(new URLSearchParams());
})();
