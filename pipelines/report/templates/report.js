"use strict";
// Sorts, searches and pages the table of flagged accounts; without it all rows are there to read.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const form = document.getElementById("choose");
  const paged = table.classList.contains("paged") && form;
  const size = Number(table.dataset.page);
  let rows = [...body.rows];
  let at = 0;

  const chosen = () => {
    if (!paged) return rows;
    const { words, verdict, pattern } = form.elements;
    const wanted = words.value.trim().toLowerCase();
    return rows.filter(
      (row) =>
        (!verdict.value || row.cells[2].textContent === verdict.value) &&
        (!pattern.value || row.cells[3].textContent === pattern.value) &&
        (!wanted || row.textContent.toLowerCase().includes(wanted))
    );
  };
  const show = () => {
    const found = chosen();
    if (!paged) return void body.replaceChildren(...found);
    at = Math.max(0, Math.min(at, Math.floor((found.length - 1) / size) * size));
    const page = found.slice(at, at + size);
    body.replaceChildren(...page);
    const { shown, back, on } = form.elements;
    shown.value = found.length ? `${at + 1} to ${at + page.length} of ${found.length}` : "none";
    back.disabled = at === 0;
    on.disabled = at + size >= found.length;
  };

  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const heading = button.closest("th");
    const down = heading.getAttribute("aria-sort") !== "descending";
    for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => {
      const cell = row.cells[heading.cellIndex];
      return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
    };
    const compare = (a, b) =>
      typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true });
    rows.sort((a, b) => (down ? -1 : 1) * compare(value(a), value(b)));
    at = 0;
    show();
  });
  if (!paged) continue;
  for (const [name, column] of [["verdict", 2], ["pattern", 3]]) {
    const told = [...new Set(rows.map((row) => row.cells[column].textContent))].sort();
    for (const one of told) form.elements[name].append(new Option(one, one));
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    at = 0;
    show();
  });
  form.elements.back.addEventListener("click", () => {
    at -= size;
    show();
  });
  form.elements.on.addEventListener("click", () => {
    at += size;
    show();
  });
  form.hidden = false;
  // A link to an account that is not on the first page leads to its row.
  const asked = rows.findIndex((row) => row.id && `#${row.id}` === location.hash);
  at = asked < 0 ? 0 : Math.floor(asked / size) * size;
  show();
  if (asked >= 0) rows[asked].scrollIntoView();
}
