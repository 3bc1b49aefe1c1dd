// Own areas: the text field holds the shape; the map draws it and writes it; the result comes in place.
(function () {
  "use strict";
  var form, text, file, map, tiles, box, count, rings = [[]], whole, layer, marks, fault, asks = 0;

  // --- text -----------------------------------------------------------------------------------

  function isGeojson() { return /^\s*[{[]/.test(text.value); }

  function read() {
    rings = [[]];
    whole = null;
    if (isGeojson()) {
      try { whole = JSON.parse(text.value); } catch (e) { whole = null; }
      return;
    }
    text.value.split("\n").forEach(function (line) {
      if (!line.trim()) { if (rings[rings.length - 1].length) rings.push([]); return; }
      var parts = line.trim().split(/[;\s]+|,\s+/);
      if (parts.length === 1) parts = parts[0].split(",");
      var at = parts.filter(Boolean).map(function (one) { return +one.replace(",", ".").replace("\u2212", "-"); });
      if (at.length === 2 && isFinite(at[0]) && isFinite(at[1])) rings[rings.length - 1].push(at);
    });
  }

  function write() {
    whole = null;
    text.value = rings.map(function (ring) {
      return ring.map(function (at) { return at[0].toFixed(5) + " " + at[1].toFixed(5); }).join("\n");
    }).join("\n\n");
    file.value = "";
    draw();
  }

  // --- map ------------------------------------------------------------------------------------

  function draw() {
    layer.clearLayers();
    marks.clearLayers();
    if (fault) { fault.remove(); fault = null; }
    var style = { color: "#0b5c8a", weight: 3, fillOpacity: 0.15 };
    // A light edge under the line: the map is as dark as the line in places.
    var edge = { color: "#ffffff", weight: 6, fill: false, interactive: false };
    if (whole) {
      try { [edge, style].forEach(function (one) { L.geoJSON(whole, { style: one }).addTo(layer); }); } catch (e) { /* the answer says what is wrong */ }
    }
    var n = 0;
    var drawn = rings.map(function (ring) { return ring.map(function (at) { return [at[1], at[0]]; }); });
    var closed = drawn.filter(function (places) { return places.length > 2; });
    // One drawing of them all: where a ring lies in another, it is seen to be a hole.
    if (closed.length) { L.polygon(closed, edge).addTo(layer); L.polygon(closed, style).addTo(layer); }
    rings.forEach(function (ring, r) {
      if (ring.length && ring.length < 3) L.polyline(drawn[r], style).addTo(layer);
      n += ring.length;
      // A thousand corners are no handles any more.
      if (ring.length < 200) ring.forEach(function (at, i) { corner(r, i); });
    });
    count.textContent = n ? box.dataset.count.replace("{n}", n) : "";
  }

  function corner(r, i) {
    var at = rings[r][i];
    var one = L.marker([at[1], at[0]], {
      draggable: true, keyboard: true, title: box.dataset.corner.replace("{n}", i + 1),
      alt: box.dataset.corner.replace("{n}", i + 1),
      icon: L.divIcon({ className: "own-corner", iconSize: [18, 18] })
    }).addTo(marks);
    one.on("dragend", function () {
      var to = one.getLatLng();
      rings[r][i] = [to.lng, to.lat];
      write();
    });
    one.getElement().setAttribute("aria-label", box.dataset.corner.replace("{n}", i + 1));
  }

  function add(latlng) {
    if (whole) { whole = null; rings = [[]]; }
    rings[rings.length - 1].push([latlng.lng, latlng.lat]);
    write();
  }

  function fit() {
    var bounds = layer.getBounds();
    if (bounds.isValid()) map.fitBounds(bounds, { maxZoom: 9, padding: [24, 24], animate: false });
  }

  function open() {
    document.getElementById("own-draw").hidden = false;
    map = L.map(box, {
      center: [25, 10], zoom: 2, zoomSnap: 0.5, minZoom: 1, maxZoom: 12, attributionControl: false,
      scrollWheelZoom: false, doubleClickZoom: false
    });
    tiles = L.tileLayer(box.dataset.tiles, { maxNativeZoom: 9, maxZoom: 12, noWrap: true, bounds: [[-85, -180], [85, 180]] }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    layer = L.featureGroup().addTo(map);
    marks = L.layerGroup().addTo(map);
    map.on("click", function (event) { add(event.latlng); });
    // The wheel moves the page, until the map is the one thing in use.
    map.on("focus", function () { map.scrollWheelZoom.enable(); });
    map.on("blur", function () { map.scrollWheelZoom.disable(); });
    box.setAttribute("role", "application");
    box.setAttribute("aria-label", box.dataset.name);
    box.setAttribute("aria-describedby", "own-how");
    ["in", "out"].forEach(function (way) {
      var button = box.querySelector(".leaflet-control-zoom-" + way);
      button.title = box.dataset[way];
      button.setAttribute("aria-label", box.dataset[way]);
    });
    box.addEventListener("keydown", function (event) {
      if (event.target !== box) return;
      if (event.key === "Enter") { event.preventDefault(); add(map.getCenter()); }
      if (event.key === "Backspace") { event.preventDefault(); act.undo(); }
    });
    fetch(box.dataset.outlines).then(function (answer) { return answer.json(); }).then(function (found) {
      L.geoJSON(found, { interactive: false, style: { color: "#1f2328", weight: 0.8, opacity: 0.55, fill: false } }).addTo(map);
    }).catch(function () { /* the map is used without outlines */ });
    ["dragover", "dragleave", "drop"].forEach(function (kind) {
      box.addEventListener(kind, function (event) {
        event.preventDefault();
        box.classList.toggle("drop", kind === "dragover");
        if (kind === "drop" && event.dataTransfer.files.length) { file.files = event.dataTransfer.files; chosen(); }
      });
    });
  }

  var act = {
    undo: function () {
      while (rings.length > 1 && !rings[rings.length - 1].length) rings.pop();
      rings[rings.length - 1].pop();
      write();
    },
    ring: function () { if (rings[rings.length - 1].length > 2) rings.push([]); box.focus(); },
    clear: function () { rings = [[]]; write(); },
    fit: fit
  };

  // A file is the server's to read; what is GeoJSON is shown at once.
  function chosen() {
    var one = file.files[0];
    if (!one || one.size > 2e6 || !/json$/i.test(one.name)) return;
    one.text().then(function (found) {
      try { whole = JSON.parse(found); } catch (e) { return; }
      rings = [[]];
      draw();
      fit();
    });
  }

  // Another variable has another map, a legend and base years of its own: all are the server's.
  // Of several choices only the last one is shown, whichever answer comes last.
  function variable() {
    var mine = ++asks;
    var asked = ["own-v", "own-b"].map(function (id) { return document.getElementById(id); }).filter(Boolean);
    fetch(form.getAttribute("action") + "?" + asked.map(function (one) {
      return one.name + "=" + encodeURIComponent(one.value);
    }).join("&")).then(function (answer) {
      return answer.text();
    }).then(function (html) {
      if (mine !== asks) return;
      var found = new DOMParser().parseFromString(html, "text/html"), legend = document.getElementById("own-legend");
      legend.innerHTML = found.getElementById("own-legend").innerHTML;
      since(found.getElementById("own-since").innerHTML);
      tiles.setUrl(found.getElementById("own-map").dataset.tiles);
    }).catch(function () { /* the map stays, with the legend that belongs to it */ });
  }

  // The field for the base year is put in anew: it keeps its focus.
  function since(html) {
    var place = document.getElementById("own-since"), held = place.contains(document.activeElement);
    place.innerHTML = html;
    var field = document.getElementById("own-b");
    if (!field) return;
    field.addEventListener("change", variable);
    if (held) field.focus();
  }

  // --- measuring ------------------------------------------------------------------------------

  function send(event) {
    if (event.submitter && event.submitter.name === "as") return;
    event.preventDefault();
    var state = document.getElementById("own-state"), bar = document.getElementById("own-progress");
    var button = document.getElementById("own-send"), said = document.getElementById("own-said");
    var words = form.dataset, ask = new XMLHttpRequest();
    if (file.files[0] && file.files[0].size > +words.most) { state.textContent = words.large; return; }
    var end = function (told) { button.disabled = false; bar.hidden = true; state.textContent = told; };
    button.disabled = true;
    said.textContent = "";
    bar.hidden = false;
    bar.value = 0;
    state.textContent = words.sending;
    ask.upload.onprogress = function (now) { if (now.total) bar.value = 100 * now.loaded / now.total; };
    ask.upload.onload = function () { bar.removeAttribute("value"); state.textContent = words.measuring; };
    ask.onerror = function () { end(words.failed); };
    ask.onload = function () {
      if (ask.status !== 200) { end(words.failed); return; }
      if (/json/.test(ask.getResponseHeader("content-type"))) { location.href = JSON.parse(ask.responseText).go; return; }
      end("");
      var refused = /id="own-refused"/.test(ask.responseText);
      var place = refused ? said : document.getElementById("own-result");
      place.innerHTML = ask.responseText;
      if (refused) show(); else place.focus({ preventScroll: true });
      place.scrollIntoView({ block: refused ? "center" : "start" });
    };
    ask.open("POST", form.getAttribute("action"));
    ask.setRequestHeader("x-part", "1");
    ask.send(new FormData(form));
  }

  // Where the shape is wrong.
  function show() {
    var told = document.querySelector("#own-refused[data-at]");
    if (!told) return;
    var at = told.dataset.at.split(" ").map(Number);
    fault = L.marker([at[1], at[0]], { interactive: false, keyboard: false, icon: L.divIcon({ className: "own-fault", html: "✕", iconSize: [26, 26] }) }).addTo(map);
    map.panTo([at[1], at[0]], { animate: false });
  }

  document.addEventListener("DOMContentLoaded", function () {
    form = document.getElementById("own-form");
    text = document.getElementById("own-text");
    file = document.getElementById("own-file");
    box = document.getElementById("own-map");
    count = document.getElementById("own-count");
    open();
    read();
    draw();
    fit();
    show();
    text.addEventListener("input", function () { read(); draw(); });
    text.addEventListener("change", fit);
    file.addEventListener("change", chosen);
    document.getElementById("own-v").addEventListener("change", variable);
    since(document.getElementById("own-since").innerHTML);
    form.addEventListener("submit", send);
    document.querySelectorAll("[data-own]").forEach(function (button) {
      button.addEventListener("click", function () { act[button.dataset.own](); });
    });
    document.documentElement.setAttribute("data-own", "ready");
  });
})();
