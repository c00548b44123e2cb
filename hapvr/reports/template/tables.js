// Tables sort by their heads and filter by what is typed. Without a script they stand as they are.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  // What belongs to a row, the paper's numbers below it, goes where it goes.
  const groups = [];
  for (const row of body.rows) {
    if (row.classList.contains("reported") && groups.length) groups[groups.length - 1].push(row);
    else groups.push([row]);
  }

  const show = (order) => body.append(...order.flat());
  const shownIn = (row, column) => {
    const text = row.cells[column].textContent.trim().replace("−", "-").replace(/,(?=\d{3})/g, "");
    const number = /^[-+]?\d+(\.\d+)?/.exec(text);
    return number ? Number(number[0]) : text.toLowerCase();
  };
  const compare = (first, second) => {
    const kinds = [first, second].map((value) => (value === "–" || value === "" ? 2 : typeof value === "number" ? 0 : 1));
    if (kinds[0] !== kinds[1]) return { last: kinds[0] - kinds[1] };
    return kinds[0] === 0 ? { by: first - second } : { by: kinds[0] === 1 ? first.localeCompare(second) : 0 };
  };
  const sort = (column, direction) =>
    show([...groups].sort((one, other) => {
      const found = compare(shownIn(one[0], column), shownIn(other[0], column));
      return found.last ?? direction * found.by;
    }));

  heads.forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    // Numbers: the largest first. A third time: the order of the page.
    const numeric = groups.some(([row]) => typeof shownIn(row, column) === "number");
    const turns = { none: numeric ? "descending" : "ascending", descending: numeric ? "ascending" : "none",
      ascending: numeric ? "none" : "descending" };
    button.addEventListener("click", () => {
      const turn = turns[head.getAttribute("aria-sort")];
      heads.forEach((other) => other.hasAttribute("aria-sort") && other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", turn);
      if (turn === "none") show(groups);
      else sort(column, turn === "ascending" ? 1 : -1);
    });
  });

  if (groups.length < 4) continue;
  const tools = document.createElement("div"), label = document.createElement("label");
  const input = document.createElement("input"), status = document.createElement("span");
  tools.className = "tools";
  input.type = "search";
  status.setAttribute("role", "status");
  label.append(`Filter rows of “${table.caption.textContent.trim()}”`, input);
  tools.append(label, status);
  table.parentElement.before(tools);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const rows of groups) {
      const text = rows[0].textContent.toLowerCase();
      const hidden = !words.every((word) => text.includes(word));
      rows.forEach((row) => { row.hidden = hidden; });
      count += hidden ? 0 : 1;
    }
    status.textContent = words.length ? `${count} of ${groups.length} rows` : "";
  });
}

// On a phone the contents would fill the first screens.
if (matchMedia("(max-width: 64rem)").matches) document.querySelector("nav > details")?.removeAttribute("open");
