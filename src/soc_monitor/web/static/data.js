// Keeps what a form gives in step with it, and looks again while a file is being made.
// Without scripts the same form is sent by its button, and the page is read again by hand.
(function () {
  "use strict";
  var turn = 0;

  function swap(url, id) {
    var mine = ++turn;
    return fetch(url, { headers: { accept: "text/html" } }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text().then(function (text) {
        var old = document.getElementById(id);
        if (mine !== turn || !old) return null;
        var fresh = new DOMParser().parseFromString(text, "text/html").getElementById(id);
        if (!fresh) throw new Error("no part of that name");
        var focused = document.activeElement && document.activeElement.id;
        old.querySelectorAll("details[open][id]").forEach(function (one) {
          var again = fresh.querySelector("#" + one.id);
          if (again) again.open = true;
        });
        old.replaceWith(document.importNode(fresh, true));
        if (focused && document.getElementById(focused)) {
          document.getElementById(focused).focus({ preventScroll: true });
        }
        return answer.url;
      });
    });
  }

  function send(form, button) {
    var box = form.closest("[data-live]");
    var sent = new URLSearchParams(new FormData(form, button));
    if (!sent.has("go")) sent.append("go", "1");
    box.classList.add("busy");
    swap(form.action + "?" + sent, box.id).then(function (url) {
      if (!url) return;
      history.replaceState(null, "", url);
      var said = document.getElementById("said");
      var told = document.querySelector("#" + box.id + " .told");
      if (said && told) said.textContent = told.textContent;
    }).catch(function () { form.submit(); });
  }

  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (form && form.method === "get" && form.closest("[data-live]") && event.target.name !== "add") {
      send(form);
    }
  });

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "get" || !form.closest("[data-live]")) return;
    event.preventDefault();
    send(form, event.submitter);
  });

  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-live] a[data-part]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    swap(link.href, link.closest("[data-live]").id).then(function (url) {
      if (url) history.replaceState(null, "", url);
    }).catch(function () { location.assign(link.href); });
  });

  // A file that is being made: until it is there, or the reader has left.
  (function again() {
    var part = document.querySelector("[data-renew]");
    if (!part) return;
    setTimeout(function () {
      if (document.hidden) { again(); return; }
      swap(location.href, part.id).catch(function () { /* asked again at the next turn */ }).then(again);
    }, 1000 * Number(part.dataset.renew));
  })();
})();
