// What happens around htmx: focus and announcements after a swap, fields that bear errors, rows chosen on the map.
"use strict";

const say = (text) => {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
};

document.addEventListener("DOMContentLoaded", () => {
  const wrong = document.querySelector("[aria-invalid='true']");
  if (wrong) wrong.focus();
});

document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  const heading = target.querySelector("[data-focus], .rg-refusal__title");
  if (heading && !target.hasAttribute("data-quiet")) {
    heading.setAttribute("tabindex", "-1");
    heading.focus({ preventScroll: false });
    say(heading.textContent);
  }
});

document.addEventListener("htmx:sendError", () => say("The server did not answer. Try again."));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) say("The server could not answer. Nothing was shown.");
});

// A select that stands for a filter sends its form at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
});
