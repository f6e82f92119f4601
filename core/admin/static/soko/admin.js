"use strict";
// Keys of work queues, chips of dialogs, counters of long texts, progress of jobs. No inline script: the policy forbids it.
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  const rows = () => [...document.querySelectorAll("[data-soko-row]")];
  let current = -1;
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    current = Math.max(0, Math.min(all.length - 1, current + step));
    all.forEach((row, place) => row.classList.toggle("is-current", place === current));
    all[current].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !rows().length) return;
    if (document.querySelector("#modal-content")?.offsetParent) return;
    if (event.key === "j") return move(1);
    if (event.key === "k") return move(-1);
    const row = rows()[current];
    if (!row) return;
    if (event.key === "o") return row.querySelector("[data-soko-open]")?.click();
    const button = row.querySelector(`[data-soko-key="${CSS.escape(event.key)}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });

  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-soko-chip]");
    if (!chip) return;
    const field = chip.closest("form")?.querySelector(`[name="${CSS.escape(chip.dataset.sokoChip)}"]`);
    if (!field) return;
    field.value = chip.dataset.sokoText;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });

  // What is chosen in a dialog's table, in money: pieces at what they cost, halves up, as the market itself rounds them.
  const sum = (table) => {
    const said = table.parentElement.querySelector("[data-soko-sum-said]");
    const places = Number(table.dataset.places);
    let minor = 0;
    table.querySelectorAll("tr").forEach((row) => {
      const asked = (name) => Number(row.querySelector(`input[name$="-${name}"]`)?.value || 0);
      const all = Number(row.dataset.minor), of = Number(row.dataset.of), pieces = Math.min(asked("quantity"), of);
      const typed = Math.round(asked("amount_minor") * 10 ** places);
      if (typed) minor += Math.min(typed, all);
      else if (pieces) minor += pieces === of ? all : Math.round((all * pieces) / of);
    });
    const amount = (minor / 10 ** places).toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
    said.textContent = minor ? `${table.dataset.currency} ${amount} goes back to the buyer, shipping apart.` : "Nothing is chosen yet.";
  };
  document.addEventListener("input", (event) => {
    const table = event.target.closest?.("[data-soko-sum]");
    if (table) sum(table);
  });

  const count = (field) => {
    let note = field.parentElement.querySelector(".soko-counter");
    if (!note) {
      note = document.createElement("span");
      note.className = "soko-counter";
      field.insertAdjacentElement("afterend", note);
    }
    note.textContent = `${field.value.length} of ${field.maxLength}`;
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("textarea[maxlength]")) count(event.target);
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("textarea[maxlength]").forEach(count);
    const progress = document.querySelector("[data-soko-refresh]");
    if (progress) setTimeout(() => location.reload(), Number(progress.dataset.sokoRefresh) * 1000);
    document.querySelectorAll("[data-soko-submit-on-change]").forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()));
  });
})();
