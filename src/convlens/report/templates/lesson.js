/* Choosing an output marks the cells that it is made of and shows its sum; both are read from the table of all outputs. */
(() => {
  "use strict";
  document.documentElement.classList.add("scripted");
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  for (const example of document.querySelectorAll(".example")) {
    const rows = [...example.querySelectorAll(".all tr")];
    if (!rows.length) continue;
    const worked = example.querySelector(".worked");
    const cells = new Map();
    for (const table of example.querySelectorAll(".cells")) {
      [...table.tBodies[0].rows].forEach((row, down) =>
        [...row.querySelectorAll("td")].forEach((cell, across) => cells.set(`${table.dataset.grid} ${down} ${across}`, cell)));
    }
    const outputs = [];
    for (const cell of cells.values()) if (cell.dataset.output) outputs[Number(cell.dataset.output)] = cell;
    let chosen = outputs.findIndex((cell) => cell.classList.contains("chosen"));

    const show = (number, focus) => {
      for (const cell of cells.values()) {
        cell.classList.remove("seen", "strong", "chosen");
        cell.querySelector("i")?.remove();
      }
      for (const [grid, down, across, note, strong] of JSON.parse(rows[number].dataset.marks)) {
        const cell = cells.get(`${grid} ${down} ${across}`);
        cell.classList.add("seen");
        cell.classList.toggle("strong", Boolean(strong));
        if (note) cell.appendChild(document.createElement("i")).textContent = note;
      }
      outputs[chosen].tabIndex = -1;
      outputs[chosen].setAttribute("aria-selected", "false");
      chosen = number;
      outputs[chosen].classList.add("chosen");
      outputs[chosen].setAttribute("aria-selected", "true");
      outputs[chosen].tabIndex = 0;
      const which = document.createElement("p");
      which.className = "which";
      which.textContent = rows[number].querySelector("th").textContent;
      worked.replaceChildren(which, ...[...rows[number].querySelectorAll("p")].map((line) => line.cloneNode(true)));
      if (focus) outputs[chosen].focus();
    };

    for (const table of example.querySelectorAll(".outputs")) {
      table.setAttribute("role", "grid");
      for (const row of table.rows) row.setAttribute("role", "row");
      for (const head of table.querySelectorAll("th")) head.setAttribute("role", head.scope === "col" ? "columnheader" : "rowheader");
    }
    outputs.forEach((cell, number) => {
      const table = cell.closest("table"), row = cell.parentElement;
      const down = [...table.tBodies[0].rows].indexOf(row), across = [...row.querySelectorAll("td")].indexOf(cell);
      cell.setAttribute("role", "gridcell");
      cell.setAttribute("aria-selected", String(number === chosen));
      cell.tabIndex = number === chosen ? 0 : -1;
      cell.addEventListener("click", () => show(number, true));
      cell.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || !steps[event.key]) return;
        event.preventDefault();
        const [dy, dx] = steps[event.key];
        const next = cells.get(`${table.dataset.grid} ${down + dy} ${across + dx}`);
        if (next) return show(Number(next.dataset.output), true);
        // from the last row of a map into the next map below it, and back
        const boards = [...example.querySelectorAll(".outputs")];
        const other = dy && boards[boards.indexOf(table) + dy];
        if (!other) return undefined;
        const height = other.tBodies[0].rows.length;
        return show(Number(cells.get(`${other.dataset.grid} ${dy > 0 ? 0 : height - 1} ${across}`).dataset.output), true);
      });
    });

    const bar = document.createElement("div");
    bar.className = "steps";
    for (const [word, by] of [["‹ previous", -1], ["next ›", 1]]) {
      const button = bar.appendChild(document.createElement("button"));
      button.type = "button";
      button.textContent = word;
      button.addEventListener("click", () => show((chosen + by + outputs.length) % outputs.length));
    }
    worked.after(bar);
  }
})();
