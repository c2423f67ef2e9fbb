/* Pointing at a cell of a shift map, or walking there by arrow keys, reads the same shift in every map. */
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("convlens-data").textContent);
  const reading = document.querySelector(".reading");
  if (!reading) return;
  const hint = "Point at a cell, or focus a map and use the arrow keys, to read one shift in every map.";
  const percent = (share, digits = 1) => (100 * share).toFixed(digits) + "\u202f%";
  const sorted = (values) => [...new Set(values)].sort((a, b) => a - b);
  const moved = (dx, dy) => [[dx, "left", "right"], [dy, "up", "down"]]
    .filter(([pixels]) => pixels)
    .map(([pixels, back, forth]) => Math.abs(pixels) + " px " + (pixels > 0 ? forth : back))
    .join(", ") || "not moved";

  const maps = [...document.querySelectorAll(".map")].map((figure) => {
    const svg = figure.querySelector("svg");
    const model = data.models[Number(figure.dataset.model)];
    const [left, top, side] = svg.dataset.grid.split(" ").map(Number);
    const marks = [0, 1].map(() => {
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      mark.setAttribute("class", "cursor");
      mark.setAttribute("width", side);
      mark.setAttribute("height", side);
      mark.style.display = "none";
      return svg.appendChild(mark);
    });
    return { svg, model, left, top, side, marks, across: sorted(model.cells.dx), down: sorted(model.cells.dy) };
  });
  const models = [...new Set(maps.map(({ model }) => model))];
  const words = { accuracy: "right", true_probability: "probability of the true class", unchanged: "same answer as unmoved" };

  const read = ({ name, cells }, dx, dy) => {
    const row = cells.dx.findIndex((value, place) => value === dx && cells.dy[place] === dy);
    if (row < 0) return "";
    const parts = Object.keys(words).filter((column) => cells[column]).map((column) => {
      const ends = column === "accuracy" ? ["low", "high"] : [`${column}_low`, `${column}_high`];
      const [low, high] = ends.map((end) => cells[end] && (100 * cells[end][row]).toFixed(1));
      return `${words[column]} ${percent(cells[column][row])}${low ? ` (${low}\u2013${high})` : ""}`;
    });
    return `${name}: ${parts.join(", ")}`;
  };
  const show = (dx, dy) => {
    reading.textContent = "";
    const head = document.createElement("b");
    const said = moved(dx, dy);
    head.textContent = said[0].toUpperCase() + said.slice(1) + ". ";
    reading.append(head, models.map((model) => read(model, dx, dy)).filter(Boolean).join(" \u00b7 "));
    for (const { left, top, side, marks, across, down } of maps) {
      for (const mark of marks) {
        mark.style.display = across.includes(dx) && down.includes(dy) ? "" : "none";
        mark.setAttribute("x", left + across.indexOf(dx) * side);
        mark.setAttribute("y", top + down.indexOf(dy) * side);
      }
    }
  };
  const clear = () => {
    reading.textContent = hint;
    for (const { marks } of maps) for (const mark of marks) mark.style.display = "none";
  };

  for (const map of maps) {
    const { svg, left, top, side, across, down } = map;
    let column = Math.max(0, across.indexOf(0)), row = Math.max(0, down.indexOf(0));
    const go = () => show(across[column], down[row]);
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "application");
    svg.setAttribute("aria-label", `${map.model.name}. ${svg.getAttribute("aria-label")} Arrow keys read the cells.`);
    svg.addEventListener("pointermove", (event) => {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const x = Math.floor((point.x - left) / side), y = Math.floor((point.y - top) / side);
      if (x < 0 || y < 0 || x >= across.length || y >= down.length) return clear();
      [column, row] = [x, y];
      return go();
    });
    svg.addEventListener("pointerleave", () => (document.activeElement === svg ? go() : clear()));
    svg.addEventListener("focus", go);
    svg.addEventListener("blur", clear);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      column = Math.min(across.length - 1, Math.max(0, column + step[0]));
      row = Math.min(down.length - 1, Math.max(0, row + step[1]));
      go();
    });
  }
  reading.hidden = false;
  clear();
})();
