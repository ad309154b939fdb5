// The few things that pages do beyond links and forms. Everything works without this file.
(() => {
  "use strict";
  const typing = (element) => element && (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable);

  // "/" goes to the search box.
  document.addEventListener("keydown", (event) => {
    const box = document.querySelector("[data-search-box]");
    if (event.key === "/" && box && !typing(document.activeElement) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });

  // A form is sent once: a second click finds the button busy.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented || button.hasAttribute("data-repeat")) return;
    setTimeout(() => { button.setAttribute("aria-disabled", "true"); button.classList.add("disabled"); }, 0);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("button.disabled[aria-disabled]").forEach((button) => {
      button.removeAttribute("aria-disabled");
      button.classList.remove("disabled");
    });
  });

  // On a narrow screen the menu scrolls to where the reader is.
  const here = document.querySelector(".pb-nav [aria-current]");
  if (here) here.closest("ul").scrollLeft = here.offsetLeft - 24;

  // A list in which the first choice decides goes where it says.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  });
})();
