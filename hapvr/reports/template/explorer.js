// The explorer: which query, by which two runs, in which task; and which frames of a pair match.
{
  const { runs, labels, page } = JSON.parse(document.getElementById("content").textContent);
  const at = (id) => document.getElementById(id);
  const make = (tag, attributes = {}, ...content) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...content);
    return element;
  };
  const number = (value, digits = 3) => value.toFixed(digits).replace("-", "−");
  const signed = (value) => (value > 0 ? "+" : "") + number(value);
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;
  const tasks = page.tasks.map(([task]) => task), counted = Object.fromEntries(page.tasks);
  const fill = (id, values, chosen) => {
    at(id).replaceChildren(...values.map(([value, text]) => make("option", { value, selected: value === chosen }, text)));
  };
  fill("task", tasks.map((task) => [task, task]), tasks[0]);
  const named = runs.map((run, place) => [String(place), run.label]);
  fill("first", named, "0");
  fill("second", named, String(runs.length - 1));
  let current = null;

  const chosen = () => ({ task: at("task").value, sides: [Number(at("first").value), Number(at("second").value)] });
  const aps = (query) => {
    const { task, sides } = chosen();
    return sides.map((side) => query.ap[task][side]);
  };
  const change = (query) => {
    const [first, second] = aps(query);
    return first === null || second === null ? 0 : second - first;
  };
  const orders = {
    gain: (one, other) => change(other) - change(one),
    loss: (one, other) => change(one) - change(other),
    low: (one, other) => (aps(one)[1] ?? 2) - (aps(other)[1] ?? 2),
    name: () => 0,
  };
  const nameOf = (query) => page.videos[query.video];

  const listQueries = () => {
    const words = at("filter").value.toLowerCase();
    const asked = page.queries.filter((query) => aps(query).some((ap) => ap !== null));
    const found = asked.filter((query) => nameOf(query).toLowerCase().includes(words));
    found.sort((one, other) => orders[at("order").value](one, other) || nameOf(one).localeCompare(nameOf(other)));
    at("queries").replaceChildren(...found.map((query) => {
      const [first, second] = aps(query).map((ap) => (ap === null ? "–" : number(ap)));
      const by = change(query);
      const button = make("button", { type: "button" }, make("b", {}, nameOf(query)),
        make("span", { className: by > 0 ? "gain" : by < 0 ? "loss" : "" }, signed(by)),
        make("span", { className: "aps" }, `AP ${first} → ${second}`));
      if (query === current) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => { location.hash = encodeURIComponent(nameOf(query)); });
      return make("li", {}, button);
    }));
    const means = [0, 1].map((side) => {
      const known = asked.map((query) => aps(query)[side]).filter((ap) => ap !== null);
      return known.reduce((sum, ap) => sum + ap, 0) / known.length;
    });
    const { task, sides } = chosen();
    at("means").textContent = `${task}, ${found.length} of ${asked.length} queries of this page. Mean AP of all: ` +
      sides.map((side, place) => `${runs[side].label} ${number(100 * means[place], 1)} %`).join(", ") + ".";
    return found;
  };

  const describe = (query, video) => {
    const label = query.labels[video], relevant = counted[chosen().task].includes(label);
    if (label === undefined) return ["", "✗ no label"];
    const text = labels[label] && labels[label] !== label ? `${label}, ${labels[label]}` : label;
    return relevant ? ["relevant", `✓ ${text}`] : ["other", `○ ${text}: does not count in this task`];
  };
  const strip = (video, text) => {
    const found = page.strips[video];
    if (!found) return make("span", { className: "soft" }, "no frames here");
    return make("img", { className: "strip", src: found.url, alt: `${found.pictures} frames of ${text}`,
      width: found.pictures * found.width, loading: "lazy" });
  };
  const result = (query, side, [video, score], place) => {
    const [kind, label] = describe(query, video), name = page.videos[video];
    const line = make("p", {}, `${place + 1}.`, make("b", {}, name), make("span", { className: "label" }, label),
      make("span", { className: "score" }, `score ${number(score)}`));
    const key = `${runs[side].name}/${query.video}/${video}`;
    if (page.matrices[key]) {
      const button = make("button", { type: "button", className: "button small" }, "Matching frames");
      button.setAttribute("aria-label", `Matching frames of ${name} by ${runs[side].label}`);
      button.addEventListener("click", () => showMatrix(query, side, video));
      line.append(button);
    }
    return make("li", { className: kind }, line, strip(video, name));
  };
  const showSide = (query, side, id) => {
    const { task } = chosen(), ranked = query.ranked[task][side], ap = query.ap[task][side];
    at(`${id}-title`).textContent = `${runs[side].label}${runs[side].member}: AP ${ap === null ? "–" : number(ap)}`;
    at(`${id}-ranks`).textContent = ranked.found.length
      ? `Relevant videos at rank ${ranked.found.join(", ")} of ${ranked.of}.` : `No relevant video among ${ranked.of}.`;
    at(`${id}-results`).replaceChildren(...ranked.first.map((entry, place) => result(query, side, entry, place)));
  };
  const show = () => {
    const queries = listQueries();
    const asked = decodeURIComponent(location.hash.slice(1));
    current = page.queries.find((query) => nameOf(query) === asked) ?? queries[0] ?? page.queries[0];
    if (!current) return;
    for (const button of at("queries").querySelectorAll("button")) {
      if (button.firstChild.textContent === nameOf(current)) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    at("query").textContent = `Query ${nameOf(current)}`;
    at("asked").replaceChildren(strip(current.video, `the query ${nameOf(current)}`));
    chosen().sides.forEach((side, place) => showSide(current, side, ["first", "second"][place]));
  };

  // Dark to bright, told apart without colour too.
  const STOPS = [[11, 4, 5], [53, 41, 84], [56, 100, 158], [67, 163, 176], [150, 220, 190], [222, 245, 229]];
  const colour = (share) => {
    const place = Math.min(share * (STOPS.length - 1), STOPS.length - 1.000001), low = Math.floor(place);
    return STOPS[low].map((from, part) => Math.round(from + (place - low) * (STOPS[low + 1][part] - from)));
  };
  at("scale").style.background = `linear-gradient(to right, ${STOPS.map((stop) => `rgb(${stop})`).join(", ")})`;
  const film = (id, video) => {
    const found = page.strips[video];
    at(id).replaceChildren(...Array.from({ length: found ? found.pictures : 0 }, (_, place) => {
      const span = make("span");
      span.style.backgroundImage = `url(${found.url})`;
      span.style.backgroundSize = `${100 * found.pictures}% 100%`;
      span.style.backgroundPosition = `${found.pictures > 1 ? (100 * place) / (found.pictures - 1) : 0}% 0`;
      return span;
    }));
  };
  const canvas = at("cells");
  let opened = null, spot = [0, 0];
  const secondsAt = (video, place, count) => {
    const seconds = page.strips[video]?.seconds;
    return seconds ? clock(seconds[Math.min(Math.floor(((place + 0.5) * seconds.length) / count), seconds.length - 1)])
      : `part ${place + 1} of ${count}`;
  };
  const drawMatrix = () => {
    const { matrix, values } = opened, context = canvas.getContext("2d");
    const picture = context.createImageData(matrix.columns, matrix.rows);
    values.forEach((value, place) => picture.data.set([...colour(value / 255), 255], 4 * place));
    context.putImageData(picture, 0, 0);
    context.fillStyle = "#ff5a1f";
    context.fillRect(spot[1], spot[0], 1, 1);
    const value = matrix.low + (values[spot[0] * matrix.columns + spot[1]] / 255) * (matrix.high - matrix.low);
    at("cell").textContent = `Query at ${secondsAt(opened.query, spot[0], matrix.rows)}, result at ` +
      `${secondsAt(opened.video, spot[1], matrix.columns)}: similarity ${number(value, 2)}.`;
  };
  const showMatrix = (query, side, video) => {
    const [rows, columns, low, high, cells] = page.matrices[`${runs[side].name}/${query.video}/${video}`];
    const values = Uint8Array.from(atob(cells), (letter) => letter.charCodeAt(0));
    opened = { matrix: { rows, columns, low, high }, values, query: query.video, video };
    canvas.width = columns;
    canvas.height = rows;
    canvas.parentElement.style.setProperty("--across", columns / rows);
    canvas.style.aspectRatio = `${columns} / ${rows}`;
    canvas.setAttribute("aria-label", `Frame-to-frame similarity, ${rows} by ${columns}; arrow keys move the mark`);
    const best = values.indexOf(Math.max(...values));
    spot = [Math.floor(best / columns), best % columns];
    at("detail-title").textContent = `Matching frames by ${runs[side].label}`;
    at("pair").textContent = `Query ${nameOf(query)}, down; result ${page.videos[video]}, across. The brighter, the more alike; ` +
      "the mark is at the best pair. Point at a cell, or move by the arrow keys.";
    at("low").textContent = number(low, 2);
    at("high").textContent = number(high, 2);
    film("across", video);
    film("down", query.video);
    drawMatrix();
    at("detail").showModal();
  };
  canvas.addEventListener("pointermove", (event) => {
    const { rows, columns } = opened.matrix;
    spot = [Math.min(Math.floor((event.offsetY / canvas.clientHeight) * rows), rows - 1),
      Math.min(Math.floor((event.offsetX / canvas.clientWidth) * columns), columns - 1)].map((place) => Math.max(place, 0));
    drawMatrix();
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const { rows, columns } = opened.matrix;
    spot = [Math.min(Math.max(spot[0] + step[0], 0), rows - 1), Math.min(Math.max(spot[1] + step[1], 0), columns - 1)];
    drawMatrix();
  });
  at("detail").addEventListener("click", (event) => { if (event.target === at("detail")) at("detail").close(); });

  for (const id of ["task", "first", "second", "order"]) at(id).addEventListener("change", show);
  at("filter").addEventListener("input", listQueries);
  document.querySelector("form.controls").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", () => {
    show();
    at("main").focus({ preventScroll: !matchMedia("(max-width: 64rem)").matches });
  });
  show();
}
