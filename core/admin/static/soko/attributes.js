"use strict";
// Fields of attributes: shown while they are asked for, options that go with another choice, long lists found as one types,
// colours picked or written. No inline script: the policy forbids it. The server judges all of it again.
(() => {
  const named = (name) => document.querySelector(`[name="${CSS.escape(name)}"]`);
  const values = (field) => {
    if (!field || field.disabled) return [];
    const held = field.multiple ? [...field.selectedOptions].map((each) => each.value) : [field.value];
    return held.filter((each) => each !== "");
  };

  // A field that is not asked for is not there, and not sent: what it held falls away.
  const ask = () => {
    const waiting = [...document.querySelectorAll("[data-soko-if]")];
    for (let round = 0; round <= waiting.length; round += 1) {
      let turned = false;
      waiting.forEach((field) => {
        const held = values(named(field.dataset.sokoIf));
        const wanted = field.dataset.sokoIfValues ? field.dataset.sokoIfValues.split(",") : held;
        const asked = held.some((each) => wanted.includes(each));
        if (field.disabled === !asked) return;
        turned = true;
        field.disabled = !asked;
        (field.closest(".field-line") ?? field.parentElement).hidden = !asked;
      });
      if (!turned) return;
    }
  };

  // Options that go with another choice: the rest leaves the list, and is no longer chosen.
  const every = new WeakMap();
  const follow = (field) => {
    if (field.dataset.sokoOptions !== undefined) return forget(field);
    if (!every.has(field)) every.set(field, [...field.options]);
    const held = values(named(field.dataset.sokoUnder));
    const chosen = field.value;
    const offered = every.get(field).filter((each) => !each.dataset.under || held.includes(each.dataset.under));
    field.replaceChildren(...offered);
    field.value = offered.some((each) => each.value === chosen) ? chosen : "";
  };
  const forget = (field) => {
    const now = values(named(field.dataset.sokoUnder)).join();
    if (field.dataset.sokoHeld !== undefined && field.dataset.sokoHeld !== now) {
      [...field.options].forEach((each) => { each.selected = false; });
      window.django?.jQuery(field).trigger("change.select2");
    }
    field.dataset.sokoHeld = now;
  };

  const settle = () => {
    document.querySelectorAll("[data-soko-under]").forEach(follow);
    ask();
  };

  const find = (field) => {
    const $ = window.django?.jQuery;
    if (!$?.fn.select2) return;
    const sheet = $(field).closest("#filter-form");
    $(field).select2({
      ...(sheet.length ? { dropdownParent: sheet } : {}),
      width: "100%",
      allowClear: !field.multiple,
      placeholder: "Type to find",
      ajax: {
        url: field.dataset.sokoOptions,
        dataType: "json",
        delay: 150,
        data: (typed) => ({
          q: typed.term ?? "",
          page: typed.page ?? 1,
          under: field.dataset.sokoUnder ? values(named(field.dataset.sokoUnder)).join() : "",
        }),
      },
    });
  };

  const whole = /^#[0-9a-f]{6}$/i;
  const paint = (field) => {
    const row = document.createElement("div");
    row.className = "soko-colour";
    const picker = document.createElement("input");
    picker.type = "color";
    picker.setAttribute("aria-label", "Pick a colour");
    if (whole.test(field.value)) picker.value = field.value;
    field.replaceWith(row);
    row.append(picker, field);
    picker.addEventListener("input", () => {
      field.value = picker.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    field.addEventListener("input", () => {
      if (whole.test(field.value)) picker.value = field.value;
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-soko-colour]").forEach(paint);
    document.querySelectorAll("select[data-soko-options]").forEach(find);
    settle();
    const $ = window.django?.jQuery; // Select2 tells of changes through jQuery only
    const changed = (event) => { if (event.target.name?.startsWith("attr__")) settle(); };
    if ($) $(document).on("change", changed);
    else document.addEventListener("change", changed);
  });
})();
