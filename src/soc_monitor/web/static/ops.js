// A run that is under way: its new lines are added as they come, and its facts renewed.
(function () {
  "use strict";
  var run = document.getElementById("run"), lines = document.getElementById("lines");
  if (!run || run.dataset.state !== "running") return;

  function look() {
    fetch(location.pathname, { credentials: "same-origin", cache: "no-store" })
      .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(); })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html");
        var fresh = page.getElementById("run");
        if (!fresh) return location.reload(); // Signed out meanwhile.
        var last = lines.lastElementChild, seen = last ? +last.dataset.n : 0;
        page.querySelectorAll("#lines li").forEach(function (line) {
          if (+line.dataset.n > seen) lines.appendChild(document.importNode(line, true));
        });
        run.replaceChildren.apply(run, Array.from(fresh.childNodes));
        if (fresh.dataset.state === "running") setTimeout(look, 2000);
        else document.getElementById("live").remove();
      })
      .catch(function () { setTimeout(look, 10000); });
  }
  setTimeout(look, 2000);
})();
