"use strict";
// Everything is there without this script; it sorts tables, and zooms and searches the flame graph.
(function () {
  for (const element of document.querySelectorAll(".script-only")) element.hidden = false;

  // Tables: a click on a heading sorts, the largest first; a second click turns the order round.
  function value(row, column) {
    const text = row.cells[column].dataset.v;
    if (text === undefined) return null;
    return text === "" || isNaN(text) ? text : Number(text);
  }
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  }
  function sort(table, column, descending) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => ({ row, value: value(row, column) }));
    // Rows without a value stay last whichever way.
    rows.sort((a, b) => {
      if (a.value === null || b.value === null) return (a.value === null) - (b.value === null);
      return (descending ? -1 : 1) * compare(a.value, b.value);
    });
    body.append(...rows.map((entry) => entry.row));
  }
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const headings = Array.from(table.tHead.rows[0].cells);
    headings.forEach((heading, column) => {
      if (heading.classList.contains("chart")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const first = heading.classList.contains("n") && !heading.classList.contains("index") ? "descending" : "ascending";
        const other = first === "descending" ? "ascending" : "descending";
        const order = heading.getAttribute("aria-sort") === first ? other : first;
        headings.forEach((each) => each.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", order);
        sort(table, column, order === "descending");
      });
    });
  }

  // The report as a file.
  const save = document.getElementById("save");
  save.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([document.getElementById("report").textContent], { type: "application/json" }));
    link.download = "profile.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  // Flame graph: every frame is a group of title, rectangle and text, with its place in percent.
  const drawing = document.querySelector("svg.frames");
  if (!drawing) return;
  const frames = Array.from(drawing.querySelectorAll("g.shift > g"), (group) => {
    const rect = group.querySelector("rect");
    const title = group.querySelector("title").textContent;
    return {
      group, rect, title,
      text: group.querySelector("text"),
      name: title.replace(/ \([^(]*\)$/, ""),
      left: parseFloat(rect.getAttribute("x")),
      width: parseFloat(rect.getAttribute("width")),
    };
  });
  const section = drawing.closest("section");
  const input = section.querySelector("input");
  const output = section.querySelector("output");
  let view = { left: 0, width: 100 };

  // A path gives up its beginning first: the function's own name is at the end.
  function fit(name, characters) {
    if (name.length <= characters) return name;
    const parts = name.includes("<") ? [name] : name.split("::");
    while (parts.length > 1) {
      parts.shift();
      const rest = parts.join("::");
      if (rest.length <= characters) return rest;
    }
    const index = name.match(/^\d+(?= )/);
    if (characters < 6 && index && index[0].length <= characters) return index[0];
    return characters < 4 ? "" : parts[0].slice(0, characters - 1) + "…";
  }
  function character() {
    const probe = frames[0].text;
    const before = probe.textContent;
    probe.textContent = "0000000000";
    const width = probe.getComputedTextLength() / 10;
    probe.textContent = before;
    return width || 7.3;
  }
  function draw() {
    const whole = drawing.getBoundingClientRect().width;
    const letter = character();
    for (const frame of frames) {
      const right = frame.left + frame.width;
      const inside = right > view.left + 1e-4 && frame.left < view.left + view.width - 1e-4;
      frame.group.style.display = inside ? "" : "none";
      if (!inside) continue;
      const left = Math.max(0, ((frame.left - view.left) / view.width) * 100);
      const end = Math.min(100, ((right - view.left) / view.width) * 100);
      frame.rect.setAttribute("x", left + "%");
      frame.rect.setAttribute("width", Math.max(0, end - left) + "%");
      frame.text.setAttribute("x", left + "%");
      frame.text.setAttribute("dx", 4);
      frame.text.textContent = fit(frame.name, Math.floor((((end - left) / 100) * whole - 8) / letter));
    }
  }
  function search() {
    const term = input.value.trim().toLowerCase();
    let found = [];
    for (const frame of frames) {
      const hit = term !== "" && frame.name.toLowerCase().includes(term);
      frame.group.classList.toggle("faded", term !== "" && !hit);
      if (hit) found.push(frame);
    }
    if (term === "") return void (output.textContent = "");
    // Frames inside found frames are not counted twice.
    found.sort((a, b) => a.left - b.left || b.width - a.width);
    let sum = 0, end = -1;
    for (const frame of found) {
      if (frame.left + 1e-4 < end) continue;
      sum += frame.width;
      end = frame.left + frame.width;
    }
    output.textContent = sum.toFixed(1) + " % in functions of that name";
  }
  drawing.setAttribute("width", "100%");
  drawing.classList.add("zoomable");
  for (const frame of frames) {
    frame.group.addEventListener("click", () => {
      view = { left: frame.left, width: Math.max(frame.width, 1e-6) };
      draw();
    });
    frame.group.addEventListener("mouseenter", () => {
      output.textContent = frame.title;
    });
  }
  drawing.addEventListener("mouseleave", search);
  input.addEventListener("input", search);
  section.querySelector("button").addEventListener("click", () => {
    view = { left: 0, width: 100 };
    input.value = "";
    search();
    draw();
  });
  new ResizeObserver(draw).observe(drawing.parentElement);
  // Paper is narrower than most windows, and names are fitted before it is laid out.
  function setWidth(width) {
    drawing.setAttribute("width", width);
    draw();
  }
  window.addEventListener("beforeprint", () => setWidth("640"));
  window.addEventListener("afterprint", () => setWidth("100%"));
  draw();
})();
