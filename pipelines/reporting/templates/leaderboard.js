(() => {
  "use strict";

  const table = document.getElementById("board");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const selects = [...document.querySelectorAll("[data-filter]")];
  const text = document.getElementById("q");
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const boxes = new Map(rows.map((row) => [row, row.querySelector("input")]));
  const order = { key: "", up: true };

  const name = (row) => boxes.get(row).getAttribute("aria-label").replace(/^Compare /, "");
  const entry = (row, text, right) => {
    const cell = row.insertCell();
    cell.textContent = text;
    if (right) cell.className = "n";
  };
  const shown = (row, key) => {
    const found = row.querySelector(`.c-${key}[data-v]`);
    return found ? found.textContent : "";
  };

  const ratio = (r) => r >= 10 ? Math.round(r).toLocaleString("en") : r >= 0.1 ? r.toFixed(1) : r.toFixed(3);
  const signed = (number) => {
    const text = Math.abs(number).toFixed(1);
    return Number(text) === 0 ? text : (number < 0 ? "−" : "+") + text;
  };

  // What is chosen stands in the address, so that a link to this page shows the same.
  const keep = () => {
    const state = new URLSearchParams();
    if (text.value) state.set("q", text.value);
    selects.forEach((select) => { if (select.value) state.set(select.dataset.filter, select.selectedOptions[0].textContent); });
    if (order.key) state.set("sort", (order.up ? "" : "-") + order.key);
    tables.keep(String(state));
  };

  const filter = () => {
    const words = tables.words(text.value);
    const fits = (row) => words.every((word) => texts.get(row).includes(word))
      && selects.every((select) => !select.value || row.dataset[select.dataset.filter] === select.value);
    tables.filter(rows, fits, document.getElementById("shown"));
  };

  const sort = (i, up) => {
    Object.assign(order, { key: heads[i].dataset.key, up });
    tables.sort(table, i, up);
  };

  const unsort = () => {
    order.key = "";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    body.append(...rows);
  };

  const compare = () => {
    const chosen = rows.filter((row) => boxes.get(row).checked);
    const section = document.getElementById("chosen");
    const [out] = section.querySelector("table").tBodies;
    section.hidden = chosen.length < 2;
    out.replaceChildren();
    const [first] = chosen;
    const alike = chosen.every((row) => row.dataset.images === first.dataset.images);
    document.getElementById("unlike").hidden = alike;
    chosen.forEach((row) => {
      const line = out.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = name(row);
      line.append(head);
      const [a, b] = [row.dataset.accuracy, first.dataset.accuracy];
      const [s, t] = [row.dataset.time, first.dataset.time];
      const points = alike && row !== first && a && b ? signed(100 * (a - b)) : "";
      entry(line, shown(row, "accuracy"), true);
      entry(line, points, true);
      entry(line, shown(row, "time"), true);
      entry(line, row !== first && s && t && t > 0 ? ratio(s / t) : "", true);
    });
  };

  const restore = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    text.value = state.get("q") || "";
    selects.forEach((select) => {
      const wanted = state.get(select.dataset.filter);
      const option = [...select.options].find((each) => each.value && each.textContent === wanted);
      select.value = option ? option.value : "";
    });
    const key = state.get("sort") || "";
    const i = heads.findIndex((head) => head.dataset.key === key.replace(/^-/, ""));
    if (key && i >= 0) sort(i, !key.startsWith("-"));
    else unsort();
    filter();
  };

  tables.onPress(table, (i, up) => { sort(i, up); keep(); });
  document.getElementById("filters").addEventListener("input", () => { filter(); keep(); });
  document.getElementById("reset").addEventListener("click", () => {
    text.value = "";
    selects.forEach((select) => { select.value = ""; });
    boxes.forEach((box) => { box.checked = false; });
    unsort();
    filter();
    compare();
    keep();
  });
  body.addEventListener("change", compare);
  addEventListener("hashchange", restore);
  compare();
  restore();
})();
