// Keys, as they stand on the buttons; everything works without them.
"use strict";

const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select") !== null;

const rows = () => [...document.querySelectorAll("[data-row] a.id")];

const step = (by) => {
  const links = rows();
  if (!links.length) return false;
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at + by, 0), links.length - 1)].focus();
  return true;
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "j" && step(1)) return;
  if (event.key === "k" && step(-1)) return;
  if (!/^[a-z0-9]$/.test(event.key)) return;
  const field = document.querySelector(`[data-focus="${event.key}"]`);
  if (field) {
    event.preventDefault();
    field.focus();
    return;
  }
  const button = document.querySelector(`[data-key="${event.key}"]`);
  if (button && !button.disabled) {
    event.preventDefault();
    button.click();
  }
});
