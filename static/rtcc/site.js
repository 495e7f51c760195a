// What happens around htmx: focus and announcements after a swap, fields that bear errors, rows chosen on the map.
"use strict";

const say = (text) => {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
};

const focusWrongField = () => document.querySelector("[aria-invalid='true']")?.focus();

// What was shown before must not stand beside a request that failed.
const tellFailure = (target, text) => {
  say(text);
  if (!target?.hasAttribute("data-tells-failure")) return;
  const box = document.createElement("section");
  box.className = "rg-refusal rg-refusal--503";
  const title = document.createElement("h2");
  title.className = "rg-refusal__title";
  title.textContent = "No answer";
  const message = document.createElement("p");
  message.className = "rg-refusal__message";
  message.textContent = text;
  box.append(title, message);
  target.replaceChildren(box);
};

document.addEventListener("DOMContentLoaded", focusWrongField);

document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  const heading = target.querySelector("[data-focus], .rg-refusal__title");
  if (heading && !target.hasAttribute("data-quiet")) {
    heading.setAttribute("tabindex", "-1");
    heading.focus({ preventScroll: false });
    say(heading.textContent);
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr?.status === 422) focusWrongField();
});

document.addEventListener("htmx:sendError", (event) => {
  tellFailure(event.detail.target, "The server did not answer. Check the connection and send it again.");
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.shouldSwap || !event.detail.isError) return;
  tellFailure(event.detail.target, "The server could not answer, and nothing is shown. Send it again in a minute.");
});

// A select that stands for a filter sends its form at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
});
