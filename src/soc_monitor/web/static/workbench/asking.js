// What is asked of Dash, and what becomes of a question that is not answered.
(function () {
  "use strict";
  var soil = (window.soil = window.soil || {}), bench = (soil.bench = soil.bench || {});
  var RETRY_MS = 2000;
  var last = null, tries = 0, unanswered = false, sent = 0;

  function theme() {
    var set = document.documentElement.getAttribute("data-theme");
    if (set === "light" || set === "dark") return set;
    return matchMedia("(prefers-color-scheme:dark)").matches ? "dark" : "light";
  }

  // The address is the state.
  bench.now = function () {
    return { path: location.pathname, search: location.search, theme: theme(), origin: location.origin };
  };

  bench.store = function () {
    return /\/soc\/./.test(location.pathname) ? "area-state" : "explorer-state";
  };

  // Ask Dash for another state; it is written into the address when the answer is there.
  bench.ask = function (change, how) {
    bench.asked = how;
    last = { change: change, how: how };
    tries = 0;
    unanswered = false;
    bench.trouble("");
    bench.busy(true);
    send(change);
  };

  function send(change) {
    var data = bench.now();
    Object.keys(change).forEach(function (key) { data[key] = change[key]; });
    // The same question twice is another one for Dash.
    data.n = sent += 1;
    window.dash_clientside.set_props(bench.store(), { data: data });
  }

  bench.busy = function (yes) {
    bench.app.classList.toggle("busy", yes);
    if (yes) bench.app.setAttribute("aria-busy", "true");
    else bench.app.removeAttribute("aria-busy");
  };

  // What went wrong, where the reader looks; with a way to try again where there is one.
  bench.trouble = function (said, again) {
    var bar = document.getElementById("app-trouble");
    bar.hidden = !said;
    bar.querySelector("p").textContent = said;
    bar.querySelector("button").hidden = !again;
  };

  // An answer did not come: reads are tried once more by themselves, then the page says so, and its
  // controls show again what the page shows.
  bench.lost = function (said) {
    if (!bench.taken || !bench.app.classList.contains("busy")) return;
    if (!tries && navigator.onLine) {
      tries = 1;
      setTimeout(function () {
        if (bench.app.classList.contains("busy")) send(last.change);
      }, RETRY_MS);
      return;
    }
    giveUp(said);
  };

  function giveUp(said) {
    unanswered = true;
    bench.busy(false);
    var back = bench.held();
    ["explorer-controls", "explorer-slider", "area-controls"].forEach(function (id) {
      var slot = document.getElementById(id);
      if (slot && slot.soilHtml !== undefined) slot.innerHTML = slot.soilHtml;
    });
    back();
    bench.trouble(navigator.onLine ? said : offline(), true);
  }

  function coded(status) {
    return bench.note.dataset.lost + " (E-" + status + ")";
  }

  function offline() {
    return bench.note.dataset.offline.replace("{time}", bench.shownAt || "");
  }

  // Dash does not tell when a callback of its own fails: the request is looked at on its way.
  bench.watch = function () {
    var plain = window.fetch;
    window.fetch = function (address) {
      var answer = plain.apply(this, arguments);
      if (/_dash-update-component(\?|$)/.test(String(address.url || address))) {
        answer.then(
          function (got) { if (!got.ok) bench.lost(coded(got.status)); },
          function () { bench.lost(coded(0)); }
        );
      }
      return answer;
    };
    window.addEventListener("offline", function () { if (bench.taken) bench.trouble(offline()); });
    window.addEventListener("online", function () {
      if (unanswered) bench.ask(last.change, last.how);
      else bench.trouble("");
    });
    document.querySelector("#app-trouble button").addEventListener("click", function () {
      bench.ask(last.change, last.how);
    });
  };
})();
