// What Dash calls by name, and the start: the interactive layer of a page, in which the address is
// the state, Dash answers it, and the server's own markup is shown.
(function () {
  "use strict";
  var soil = (window.soil = window.soil || {}), bench = (soil.bench = soil.bench || {});
  var clientside = (window.dash_clientside = window.dash_clientside || {});

  clientside.soil = {
    start: function (_) { return bench.begin(); },
    fill: function (data) { return bench.fill(data); },
    // A place on a map: the server says which area that is, and chooses it.
    clicked: function () {
      var trigger = window.dash_clientside.callback_context.triggered[0];
      var click = trigger && trigger.value;
      if (click && click.latlng) bench.ask({ at: [click.latlng.lng, click.latlng.lat] }, "push");
      return window.dash_clientside.no_update;
    },
    // Two maps beside each other show the same place.
    follow: function (bounds, zoom, other, box) {
      var still = window.dash_clientside.no_update;
      if (!bounds || !/pair/.test(box || "")) return still;
      if (other && Math.max.apply(null, [0, 1].map(function (corner) {
        return Math.max(Math.abs(bounds[corner][0] - other[corner][0]), Math.abs(bounds[corner][1] - other[corner][1]));
      })) < Math.abs(bounds[1][1] - bounds[0][1]) / 200) return still;
      return { center: bench.centre(bounds), zoom: zoom, transition: "setView" };
    },
    moved: function (bounds, zoom) {
      bench.moved(bounds, zoom);
      return window.dash_clientside.no_update;
    },
    // Finer outlines from zoom 4 on.
    outlines: function (zoom, hideout) {
      if (!hideout || !hideout.outlines) return window.dash_clientside.no_update;
      return zoom >= 4 ? hideout.outlines.fine : hideout.outlines.coarse;
    }
  };

  document.addEventListener("DOMContentLoaded", function () {
    bench.page = document.getElementById("page");
    bench.app = document.getElementById("app");
    bench.note = document.getElementById("app-note");
    bench.taken = false;
    bench.asked = null;
    bench.arrive();
    bench.watch();
    bench.listen();
    bench.come();
  });
})();
