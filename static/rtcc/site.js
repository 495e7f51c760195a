// What happens around htmx: focus and announcements after a swap, fields that bear errors, rows chosen on the map.
"use strict";

const say = (text) => {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
};

// A field with a hint or an error names it to a screen reader.
const describeFields = (root) => {
  for (const group of root.querySelectorAll(".rg-field")) {
    const field = group.querySelector("input, select, textarea");
    const notes = [...group.querySelectorAll(".usa-hint[id], .usa-error-message[id]")];
    if (field && notes.length) field.setAttribute("aria-describedby", notes.map((note) => note.id).join(" "));
    if (field && group.querySelector(".usa-error-message")) field.setAttribute("aria-invalid", "true");
  }
};

document.addEventListener("DOMContentLoaded", () => {
  describeFields(document);
  const wrong = document.querySelector("[aria-invalid='true']");
  if (wrong) wrong.focus();
});

document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  describeFields(target);
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
