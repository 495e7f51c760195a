// Keyboard first: "/" goes to the field that matters, "?" opens help, "g" and a letter goes to a page.
"use strict";

const KEYS_OFF = "rtcc-keys-off";
let waitsForPlace = 0;

const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");
const listPlaces = () => [...document.querySelectorAll("[data-key]")];

const focusFirstField = () => {
  const field = document.querySelector("[data-first-field], main input:not([type=hidden]), main select, main textarea");
  if (field) {
    field.focus();
    return true;
  }
  const lookup = document.querySelector("[data-key='l']");
  if (lookup) lookup.click();
  return Boolean(lookup);
};

const openHelp = () => {
  const dialog = document.getElementById("key-help");
  if (!dialog || dialog.open) return;
  const body = document.getElementById("key-help-places");
  body.replaceChildren(
    ...listPlaces().map((link) => {
      const row = document.createElement("tr");
      const keys = document.createElement("td");
      for (const [index, letter] of ["g", link.dataset.key].entries()) {
        if (index) keys.append(" ");
        const key = document.createElement("kbd");
        key.textContent = letter;
        keys.append(key);
      }
      const place = document.createElement("td");
      place.textContent = `go to ${link.textContent.trim()}`;
      row.append(keys, place);
      return row;
    }),
  );
  dialog.showModal();
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (localStorage.getItem(KEYS_OFF) || document.querySelector("dialog[open]")) return;
  if (waitsForPlace && Date.now() - waitsForPlace < 1500) {
    waitsForPlace = 0;
    const link = listPlaces().find((place) => place.dataset.key === event.key);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  if (event.key === "g") waitsForPlace = Date.now();
  else if (event.key === "?") openHelp();
  else if (event.key === "/" && focusFirstField()) event.preventDefault();
});

document.addEventListener("DOMContentLoaded", () => {
  const toggle = document.getElementById("keys-on");
  if (!toggle) return;
  toggle.checked = !localStorage.getItem(KEYS_OFF);
  toggle.addEventListener("change", () => {
    if (toggle.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });
  // With single keys off, "?" is silent too; the footer's button still opens the help.
  document.querySelector("[data-open-keys]")?.addEventListener("click", openHelp);
});
