// Runs when the page is there: measures every piece of text as it is laid out, and writes what it finds into the document.
(function () {
  const faults = window.faults;
  const isSvg = document.documentElement.localName === "svg";
  const width = document.documentElement.clientWidth || innerWidth;
  const short = (text) => JSON.stringify(text.trim().slice(0, 60));

  function intersect(a, b) {
    return { left: Math.max(a.left, b.left), top: Math.max(a.top, b.top), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) };
  }
  const area = (a) => Math.max(0, a.right - a.left) * Math.max(0, a.bottom - a.top);

  // Every line of every text, cut to what can be seen of it.
  function lines() {
    const found = [];
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest("script, style, title, head, .hidden")) continue;
      if (!parent.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) {
        if (rect.width < 0.5 || rect.height < 0.5) continue;
        const line = { node, parent, whole: rect, rect, scrolls: false };
        cut(line);
        if (area(line.rect) > 1) found.push(line);
      }
    }
    return found;
  }
  function cut(line) {
    let ellipsis = false;
    for (let box = line.parent; box && box !== document.documentElement && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (style.textOverflow === "ellipsis") ellipsis = true;
      if (style.overflowX === "visible" || style.display === "inline") continue;
      if (style.overflowX === "auto" || style.overflowX === "scroll") { line.scrolls = true; continue; }
      const seen = intersect(line.rect, box.getBoundingClientRect());
      if (area(line.rect) - area(seen) > 0.12 * area(line.rect) && !ellipsis) {
        faults.push("cut off: " + short(line.node.data) + " in " + box.className);
      }
      line.rect = seen;
    }
  }

  // Text stays inside of the box that it belongs to, and of the page.
  function outside(line) {
    if (!line.scrolls && (line.rect.right > width + 1 || line.rect.left < -1)) {
      faults.push("beside the page: " + short(line.node.data) + " ends at " + line.rect.right + " of " + width);
    }
    const group = line.parent.closest("g.shift > g, #frames > g");
    const selector = "td, th, li, p, dd, dt, h1, h2, button, .box, .tile";
    const box = group ? group.querySelector("rect") : line.parent.closest(selector);
    if (!box) return;
    const rect = box.getBoundingClientRect();
    // What is hidden in a drawing still says where its text would be.
    if (group && rect.width === 0) return;
    if (line.rect.left < rect.left - 1.5 || line.rect.right > rect.right + 1.5) {
      faults.push("beside its box: " + short(line.node.data) + " in " + (box.className.baseVal ?? box.className) + " " + box.localName + " " + [rect.left, line.rect.left, line.rect.right, rect.right].map((value) => value.toFixed(1)));
    }
  }

  function overlaps(found) {
    // Line boxes are higher than the letters in them.
    const boxes = found.map((line) => {
      const less = Math.min(3, line.rect.height / 5);
      return { line, left: line.rect.left + 0.5, right: line.rect.right - 0.5, top: line.rect.top + less, bottom: line.rect.bottom - less };
    });
    boxes.sort((a, b) => a.top - b.top);
    boxes.forEach((a, index) => {
      for (let next = index + 1; next < boxes.length && boxes[next].top < a.bottom; next++) {
        const b = boxes[next];
        if (a.line.node !== b.line.node && area(intersect(a, b)) > 2) {
          faults.push("overlap: " + short(a.line.node.data) + " and " + short(b.line.node.data));
        }
      }
    });
  }

  // Contrast as WCAG 2 defines it.
  const colours = (text) => Array.from(text.matchAll(/rgba?\(([^)]*)\)|color\(srgb ([^)]*)\)/g), (match) => {
    const numbers = (match[1] ?? match[2]).split(/[ ,/]+/).map(Number);
    const scale = match[1] === undefined ? 255 : 1;
    return { rgb: numbers.slice(0, 3).map((value) => value * scale), alpha: numbers[3] ?? 1 };
  });
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  function backgrounds(element) {
    const group = element.closest("g.shift > g, #frames > g");
    if (group) return colours(getComputedStyle(group.querySelector("rect")).fill).map((colour) => colour.rgb);
    for (let box = element; box; box = box.parentElement) {
      const style = getComputedStyle(box);
      const image = colours(style.backgroundImage);
      if (image.length) return image.map((colour) => colour.rgb);
      const [colour] = colours(style.backgroundColor);
      if (colour && colour.alpha > 0.5) return [colour.rgb];
    }
    const canvas = document.querySelector("svg > rect");
    return isSvg && canvas ? backgroundOf(canvas) : [[255, 255, 255]];
  }
  function backgroundOf(canvas) {
    const fill = getComputedStyle(canvas).fill;
    const gradient = fill.includes("url(") ? document.querySelector("stop") : null;
    return colours(gradient ? getComputedStyle(gradient).stopColor : fill).map((colour) => colour.rgb);
  }
  function contrast(line) {
    const style = getComputedStyle(line.parent);
    const [colour] = colours(line.parent.namespaceURI.includes("svg") ? style.fill : style.color);
    let opacity = 1;
    for (let box = line.parent; box; box = box.parentElement) opacity *= Number(getComputedStyle(box).opacity);
    for (const background of backgrounds(line.parent)) {
      const seen = colour.rgb.map((value, at) => value * opacity + background[at] * (1 - opacity));
      const found = ratio(seen, background);
      if (found < 4.5) faults.push("contrast " + found.toFixed(2) + ": " + short(line.node.data) + " in " + style.color);
    }
  }

  // What a reader does.
  function use() {
    const frames = Array.from(document.querySelectorAll("g.shift > g"));
    const heading = Array.from(document.querySelectorAll(".operators th button")).find((button) => /^(Cycles|Instructions)$/.test(button.textContent));
    const amounts = () => Array.from(document.querySelectorAll(".operators tbody td.amount"), (cell) => Number(cell.dataset.v));
    const before = amounts();
    heading.click();
    const sorted = amounts();
    if (String(sorted) !== String(before.slice().sort((a, b) => b - a))) faults.push("sorting does not sort: " + sorted);
    heading.closest("tr").querySelector("th button").click();
    if (String(amounts()) !== String(before)) faults.push("sorting by number does not bring the order back");
    if (frames.length < 3) return;
    const widths = () => frames.map((group) => (group.style.display === "none" ? 0 : group.querySelector("rect").getBoundingClientRect().width));
    const narrow = widths();
    const target = frames.findIndex((group) => /^\d+ /.test(group.querySelector("title").textContent));
    frames[target].dispatchEvent(new MouseEvent("click", { bubbles: true }));
    const zoomed = widths();
    if (Math.abs(zoomed[target] - Math.max(...narrow)) > 1) faults.push("a click does not zoom: " + narrow[target] + " to " + zoomed[target]);
    lines().forEach(outside);
    document.querySelector("#flame button").click();
    if (widths().some((value, at) => Math.abs(value - narrow[at]) > 0.01)) faults.push("the zoom is not undone");
    const input = document.querySelector("#flame input");
    input.value = "Kernels";
    input.dispatchEvent(new Event("input"));
    if (!/^\d+\.\d % /.test(document.querySelector("#flame output").textContent)) faults.push("the search finds nothing");
    input.value = "";
    input.dispatchEvent(new Event("input"));
  }

  function check() {
    const found = lines();
    found.forEach(outside);
    overlaps(found);
    found.forEach(contrast);
    if (document.documentElement.scrollWidth > width + 1) faults.push("the page is wider than its window: " + document.documentElement.scrollWidth);
    if (document.querySelector("th button")) use();
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => !name.startsWith("data:"));
    if (loaded.length) faults.push("loaded: " + loaded);
    const json = document.getElementById("report");
    const result = {
      width: innerWidth,
      dark: matchMedia("(prefers-color-scheme: dark)").matches,
      lines: found.length,
      operators: document.querySelectorAll(".operators tbody tr").length,
      boxes: document.querySelectorAll(".map .box").length,
      frames: document.querySelectorAll("g.shift > g, #frames > g").length,
      model: json ? JSON.parse(json.textContent).model : null,
      faults,
    };
    const note = document.createElementNS(document.documentElement.namespaceURI, isSvg ? "desc" : "div");
    note.id = "checked";
    note.textContent = JSON.stringify(result).replace(/[<>&]/g, (letter) => "\\u00" + letter.charCodeAt(0).toString(16));
    document.documentElement.append(note);
  }
  // Inferno lays its drawing out a moment after it is loaded.
  addEventListener("load", () => setTimeout(() => {
    try { check(); } catch (error) { faults.push(String(error.stack)); document.documentElement.dataset.broken = faults.join("\n"); }
  }, 100));
})();
