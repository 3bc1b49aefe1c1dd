// What an answer shows: the server's own markup in its slots, and the address that goes with it.
(function () {
  "use strict";
  var soil = (window.soil = window.soil || {}), bench = (soil.bench = soil.bench || {});
  var first = true, paired = false, inside = "";

  function write(slot, html) {
    if (slot.soilHtml === html) return;
    slot.innerHTML = html;
    slot.soilHtml = html;
  }

  // Who has scrolled stays where they are: what lies above them has its own height first.
  bench.steady = function () {
    if (window.scrollY) bench.page.classList.add("whole");
  };

  // Gives what brings the focus back to where it is now, once the markup is another.
  bench.held = function () {
    var at = document.activeElement, id = at && bench.app.contains(at) && at.id;
    return function () {
      if (id && document.getElementById(id)) document.getElementById(id).focus();
    };
  };

  // Put the server's markup into the slots; the reader's focus stays where it was.
  bench.fill = function (data) {
    if (!data) return window.dash_clientside.no_update;
    if (data.failed) {
      if (bench.taken) bench.lost(data.failed);
      else bench.note.textContent = data.failed;
      return window.dash_clientside.no_update;
    }
    var back = bench.held(), scrolls = {};
    bench.app.querySelectorAll(".tall").forEach(function (box, i) { scrolls[i] = box.scrollTop; });
    Object.keys(data.slots).forEach(function (id) {
      var slot = document.getElementById(id);
      if (slot) write(slot, data.slots[id]);
    });
    back();
    if (data.path === location.pathname) {
      bench.app.querySelectorAll(".tall").forEach(function (box, i) { box.scrollTop = scrolls[i] || 0; });
    }
    bench.busy(false);
    bench.trouble("");
    bench.shownAt = new Date().toLocaleTimeString(data.lang, { hour: "2-digit", minute: "2-digit" });
    // Dash has put the name of the service there.
    document.title = data.title;
    if (!first) address(data);
    setTimeout(function () { fit(data); }, 80);
    if (first) { inside = data.inside; bench.steady(); }
    first = false;
    bench.take();
    return data.path + data.search;
  };

  // A map that has just come beside another one has to be told its size, and where to look.
  function fit(data) {
    window.dispatchEvent(new Event("resize"));
    var pair = !!bench.app.querySelector(".pair");
    if (data.bounds && pair !== paired) {
      var view = { viewport: { bounds: data.bounds, transition: "fitBounds" } };
      window.dash_clientside.set_props("explorer-map", view);
      if (pair) window.dash_clientside.set_props("explorer-map2", view);
    }
    paired = pair;
  }

  function address(data) {
    var moved = data.path !== location.pathname;
    if (data.inside !== inside || moved) { bench.place = ""; inside = data.inside; }
    var target = data.path + bench.placed(data.search), here = location.pathname + location.search;
    if (bench.asked === "push" && target !== here) history.pushState(null, "", target);
    else history.replaceState(null, "", target + location.hash);
    document.querySelectorAll(".langs a").forEach(function (link) {
      link.href = "/" + link.hreflang + data.path.slice(3) + data.search;
    });
    var fixed = document.querySelector("[data-fixed]");
    if (fixed) {
      var keys = new URLSearchParams(data.search);
      keys.set("rel", fixed.dataset.fixed);
      fixed.textContent = location.origin + data.path + "?" + keys;
    }
    bench.note.textContent = data.said;
    if (moved) window.scrollTo(0, 0);
  }
})();
