(() => {
  "use strict";

  const table = document.getElementById("every");
  if (table) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const value = (row, i) => row.cells[i].dataset.v;
    heads.forEach((head, i) => {
      const numeric = head.dataset.numeric === "1";
      const rising = head.dataset.rising === "1";
      head.querySelector("button").addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const up = now ? now !== "ascending" : rising;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const sign = up ? 1 : -1;
        const rows = [...body.rows].sort((a, b) => {
          const [x, y] = [value(a, i), value(b, i)];
          if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
          return sign * (numeric ? x - y : x.localeCompare(y, "en", { numeric: true }));
        });
        body.append(...rows);
      });
    });
  }

  const choose = (select, show) => {
    if (!select) return;
    const panels = [...select.options].map((option) => document.getElementById(option.value));
    select.addEventListener("change", () => {
      panels.forEach((panel) => { panel.hidden = panel.id !== select.value; });
    });
    return (id) => {
      if (!panels.some((panel) => panel.id === id)) return;
      select.value = id;
      select.dispatchEvent(new Event("change"));
      document.getElementById(id).scrollIntoView();
    };
  };
  choose(document.getElementById("reference"));
  const show = choose(document.getElementById("cell"));
  const follow = () => show && show(location.hash.slice(1));
  addEventListener("hashchange", follow);
  follow();
})();
