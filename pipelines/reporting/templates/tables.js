// Tables of pages: rows that are sorted and filtered, and what is chosen kept in the address.
const tables = (() => {
  "use strict";

  const sort = (table, i, up) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[i].setAttribute("aria-sort", up ? "ascending" : "descending");
    const numeric = heads[i].dataset.numeric === "1";
    const sign = up ? 1 : -1;
    const value = (row) => row.cells[i].dataset.v;
    const [body] = table.tBodies;
    body.append(...[...body.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      return sign * (numeric ? x - y : x.localeCompare(y, "en", { numeric: true }));
    }));
  };

  // A press on a heading turns its order round; `then(i, up)` sorts.
  const onPress = (table, then) => [...table.tHead.rows[0].cells].forEach((head, i) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      then(i, now ? now !== "ascending" : head.dataset.rising === "1");
    });
  });

  const filter = (rows, fits, says) => {
    let count = 0;
    rows.forEach((row) => {
      row.hidden = !fits(row);
      count += !row.hidden;
    });
    says.textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} cells shown`;
  };

  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

  const keep = (fragment) => {
    const address = fragment ? `#${fragment}` : location.pathname + location.search;
    try { history.replaceState(null, "", address); } catch { /* some browsers keep files as they are */ }
  };

  return { sort, onPress, filter, words, keep };
})();
