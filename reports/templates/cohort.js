"use strict";
// Sorts and searches the gradebook, and loads the page of a running batch again. Without it nothing is missing but that.
(() => {
  const kept = history.state || {};
  for (const each of document.querySelectorAll(".script")) each.hidden = false;
  const keep = () => history.replaceState(kept, "");

  const table = document.querySelector(".book table");
  const body = table.tBodies[0];
  const inOrder = [...body.rows];
  const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const folded = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const value = (row, column) => {
    const text = row.cells[column].textContent;
    const number = parseFloat(text);
    return column ? (Number.isNaN(number) ? -1 : number) : text;
  };
  const buttons = [...table.tHead.rows[0].cells].map((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const direction = { ascending: "descending", descending: "" }[head.getAttribute("aria-sort")] ?? "ascending";
      kept.sort = direction && [column, direction];
      sort();
      keep();
    });
    return button;
  });
  const sort = () => {
    const [by, direction] = kept.sort || [-1, ""];
    buttons.forEach((button, column) => {
      if (column === by) button.parentElement.setAttribute("aria-sort", direction);
      else button.parentElement.removeAttribute("aria-sort");
    });
    const sign = direction === "descending" ? -1 : 1;
    const rows = [...inOrder];
    if (by >= 0) {
      const values = new Map(rows.map(row => [row, value(row, by)]));
      rows.sort((one, other) => {
        const [a, b] = [values.get(one), values.get(other)];
        return sign * (by ? a - b : words.compare(a, b));
      });
    }
    body.append(...rows);
  };

  const find = document.getElementById("find");
  const names = inOrder.map(row => folded(row.cells[0].textContent));
  const search = () => {
    const wanted = folded(find.value.trim());
    inOrder.forEach((row, place) => row.classList.toggle("other", !names[place].includes(wanted)));
    document.getElementById("found").textContent = wanted
      ? `${names.filter(name => name.includes(wanted)).length} found` : "";
  };
  find.addEventListener("input", () => {
    kept.find = find.value;
    search();
    keep();
  });
  for (const choice of document.querySelectorAll(".choices input"))
    choice.addEventListener("change", () => { kept.shown = choice.id; keep(); });

  find.value = kept.find || "";
  if (kept.shown) document.getElementById(kept.shown)?.click();
  if (kept.sort) sort();
  if (find.value) search();

  const batchStatus = document.getElementById("batch-status");
  if (!batchStatus || !batchStatus.dataset.written) return;
  const age = (Date.now() - batchStatus.dataset.written) / 1000;
  if (age > batchStatus.dataset.staleSeconds) {
    const words = `Nothing was written for ${Math.round(age / 60)} minutes. Grading has probably ended: look at its terminal, or run the same command again to go on.`;
    batchStatus.querySelector("strong").textContent = words;
    batchStatus.classList.add("old");
    return;
  }
  const stay = document.getElementById("stay");
  stay.checked = Boolean(kept.stay);
  stay.addEventListener("change", () => { kept.stay = stay.checked; keep(); });
  setInterval(() => {
    if (stay.checked || document.activeElement === find || document.hidden) return;
    keep();
    location.reload();
  }, 1000 * batchStatus.dataset.reload);
})();
