// Where a map looks, as a part of the address; and what it is called for who does not see it.
(function () {
  "use strict";
  var soil = (window.soil = window.soil || {}), bench = (soil.bench = soil.bench || {});
  var hand = false, still;
  bench.place = "";

  // Half way up a Mercator map is not half way in latitude.
  bench.centre = function (bounds) {
    var up = function (lat) { return Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)); };
    var y = (up(bounds[0][0]) + up(bounds[1][0])) / 2;
    return [Math.atan(Math.sinh(y)) * 180 / Math.PI, (bounds[0][1] + bounds[1][1]) / 2];
  };

  bench.placed = function (search) {
    var kept = search.replace(/[?&](ll|z)=[^&]*/g, "").replace(/^&/, "?");
    return bench.place ? kept + (kept ? "&" : "?") + bench.place : search;
  };

  // Where the reader moved the map is a part of the address, once it has been still for a while.
  bench.moved = function (bounds, zoom) {
    if (!hand || !bounds) return;
    bench.place = "ll=" + bench.centre(bounds).map(function (at) { return at.toFixed(2); }) + "&z=" + zoom;
    clearTimeout(still);
    still = setTimeout(function () {
      history.replaceState(null, "", location.pathname + bench.placed(location.search) + location.hash);
    }, 400);
  };

  bench.arrive = function () {
    var keys = new URLSearchParams(location.search);
    if (keys.get("ll") && keys.get("z")) bench.place = "ll=" + keys.get("ll") + "&z=" + keys.get("z");
  };

  // Leaflet speaks English and knows no region: say what the map is, in the page's language.
  bench.name = function (box) {
    var said = bench.note.dataset;
    ["pointerdown", "keydown", "wheel"].forEach(function (kind) {
      box.addEventListener(kind, function () { hand = true; }, { passive: true });
    });
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", said.map);
    [["in", said.in], ["out", said.out]].forEach(function (pair) {
      var button = box.querySelector(".leaflet-control-zoom-" + pair[0]);
      if (button) { button.title = pair[1]; button.setAttribute("aria-label", pair[1]); }
    });
    box.querySelectorAll("img.leaflet-tile").forEach(function (tile) { tile.alt = ""; });
    box.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" || event.target !== box) return;
      var r = box.getBoundingClientRect();
      box.dispatchEvent(new MouseEvent("click", {
        bubbles: true, clientX: r.left + r.width / 2, clientY: r.top + r.height / 2
      }));
    });
  };
})();
