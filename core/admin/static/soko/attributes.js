"use strict";
// Fields of attributes: a colour is picked or written. No inline script: the policy forbids it.
(() => {
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
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-soko-colour]").forEach(paint));
})();
