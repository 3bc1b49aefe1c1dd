// The little that every page does with scripts: theme, and the language a reader chose.
(function () {
  "use strict";
  var root = document.documentElement;
  var order = ["auto", "light", "dark"];

  function stored() {
    try { return localStorage.getItem("theme") || "auto"; } catch (e) { return "auto"; }
  }

  function show(button, theme) {
    var words = button.dataset;
    button.setAttribute("aria-label", words.label.replace("{theme}", words[theme]));
    button.title = button.getAttribute("aria-label");
  }

  function choose(theme) {
    if (theme === "auto") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", theme);
    try { localStorage.setItem("theme", theme); } catch (e) { /* kept for this page alone */ }
    document.dispatchEvent(new CustomEvent("soil:theme"));
  }

  document.querySelectorAll("button.theme").forEach(function (button) {
    show(button, stored());
    button.addEventListener("click", function () {
      var next = order[(order.indexOf(stored()) + 1) % order.length];
      choose(next);
      show(button, next);
    });
  });

  // Copy; where the browser does not let us, the text is marked so that the reader can.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    var done = function () { button.textContent = button.dataset.done; };
    var mark = function () {
      var range = document.createRange();
      range.selectNodeContents(button.closest(".copied").querySelector("code"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    };
    if (navigator.clipboard) navigator.clipboard.writeText(button.dataset.copy).then(done, mark);
    else mark();
  });

  // The device's own sheet, where it has one; it is offered when the panel is opened.
  document.addEventListener("toggle", function (event) {
    if (!navigator.share || !event.target.open) return;
    event.target.querySelectorAll("[data-share]").forEach(function (one) { one.hidden = false; });
  }, true);
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-share]");
    if (!button) return;
    var shared = { title: button.dataset.title, url: button.dataset.share };
    navigator.share(shared).catch(function () { /* the reader closed the sheet */ });
  });

  document.querySelectorAll("a[hreflang]").forEach(function (link) {
    link.addEventListener("click", function () {
      document.cookie = "lang=" + link.hreflang + ";path=/;max-age=31536000;samesite=lax";
      var keep = location.search + location.hash;
      if (link.pathname === location.pathname.replace(/^\/(fr|en|es)/, "/" + link.hreflang)) {
        link.href = link.pathname + keep;
      }
    });
  });
})();
