// A number opens what stands behind it. Without a script it leads to the row of its run.
{
  const behind = JSON.parse(document.getElementById("behind").textContent);
  const dialog = document.getElementById("detail");
  const make = (tag, ...content) => {
    const element = document.createElement(tag);
    element.append(...content);
    return element;
  };
  const list = (facts, tag = "span") =>
    make("dl", ...facts.flatMap(([name, value]) => [make("dt", name), make("dd", make(tag, value))]));
  const folded = (title, facts, open) => {
    const details = make("details", make("summary", title), list(facts));
    details.open = open;
    return details;
  };
  const describe = (name) => {
    const run = behind.runs[name];
    return [
      make("h3", run.label),
      folded(`Parameters of ${run.label}`, run.settings, true),
      folded(`Code of ${run.label}: digests, as in plan.json`, run.code, false),
    ];
  };
  const fill = (detail) => {
    document.getElementById("detail-title").textContent = detail.title;
    const parts = [list(detail.facts)];
    if (detail.members.length) parts.push(make("h3", "By member (seed)"), list(detail.members));
    parts.push(...detail.runs.flatMap(describe));
    const trained = detail.runs.some((name) => behind.runs[name].trained);
    for (const [title, facts] of Object.entries(behind.shared)) {
      if (trained || !title.includes("training")) parts.push(folded(title, facts, false));
    }
    parts.push(list(detail.commands, "code"));
    document.getElementById("detail-body").replaceChildren(...parts);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-detail]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    fill(behind.numbers[link.dataset.detail]);
    dialog.showModal();
    dialog.scrollTop = 0;
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
