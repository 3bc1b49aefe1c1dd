// How areas look on a map: their outlines and names, and a veil over what lies around one.
(function () {
  "use strict";
  var soil = (window.soil = window.soil || {}), bench = (soil.bench = soil.bench || {});
  var drawn = {}, veil = null, later;

  // What lies around an area is faded: its colours are those of other areas.
  function fade() {
    clearTimeout(later);
    later = setTimeout(function () {
      if (veil) { veil.remove(); veil = null; }
      var inside = (soil.hideout || {}).inside || [], rings = [], map = null;
      inside.forEach(function (id) {
        if (!drawn[id] || !drawn[id]._map) return;
        map = drawn[id]._map;
        (function flatten(part) {
          if (part.length && part[0].lat !== undefined) rings.push(part);
          else part.forEach(flatten);
        })(drawn[id].getLatLngs());
      });
      if (!map) return;
      // Rings of neighbours run along each other: where they are even in number, nothing is filled.
      var world = [[-85, -720], [-85, 720], [85, 720], [85, -720]];
      if (!map.getPane("veil")) map.createPane("veil").style.zIndex = 300;
      veil = window.L.polygon([world].concat(rings), {
        className: "fade", interactive: false, pane: "veil", smoothFactor: 0
      }).addTo(map);
    }, 50);
  }

  soil.style = function (feature, context) {
    var hide = context.hideout || {};
    if (soil.hideout !== hide) fade();
    soil.hideout = hide;
    var own = (hide.chosen || []).indexOf(feature.id) >= 0;
    return {
      fillOpacity: 0, color: own ? hide.own || "#0b5c8a" : hide.line || "#ffffff",
      weight: own ? 3 : 0.8, opacity: own ? 1 : 0.7
    };
  };

  soil.each = function (feature, layer) {
    layer.bindTooltip(function () {
      var number = ((soil.hideout || {}).values || {})[feature.id];
      return soil.text(feature.properties.name + (number ? ": " + number : ""));
    }, { sticky: true });
    if (layer.getLatLngs) {
      layer.on("add", function () { drawn[feature.id] = layer; fade(); });
      layer.on("remove", function () { if (drawn[feature.id] === layer) { delete drawn[feature.id]; fade(); } });
    }
    layer.on("mouseover", function () { layer.setStyle({ weight: 2.5, color: "#1f2328", opacity: 1 }); });
    layer.on("mouseout", function () { layer.setStyle(soil.style(feature, { hideout: soil.hideout })); });
  };

  soil.text = function (text) {
    var span = document.createElement("span");
    span.textContent = text;
    return span;
  };
})();
