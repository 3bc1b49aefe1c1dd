// The interactive layer: the address is the state, Dash answers it, the server's own markup is shown.
(function () {
  "use strict";
  var soil = (window.soil = window.soil || {});
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var WAIT_MS = 20000;
  var page, app, note, taken = false, first = true, paired = false, asked = null;
  var hand = false, place = "", still, inside = "", ahead = null;
  var RETRY_MS = 2000;
  var last = null, tries = 0, unanswered = false, sent = 0, shownAt = "";

  function theme() {
    var set = document.documentElement.getAttribute("data-theme");
    if (set === "light" || set === "dark") return set;
    return matchMedia("(prefers-color-scheme:dark)").matches ? "dark" : "light";
  }

  function now() {
    return { path: location.pathname, search: location.search, theme: theme(), origin: location.origin };
  }

  function store() {
    return /\/soc\/./.test(location.pathname) ? "area-state" : "explorer-state";
  }

  // Ask Dash for another state; it is written into the address when the answer is there.
  function ask(change, how) {
    asked = how;
    last = { change: change, how: how };
    tries = 0;
    unanswered = false;
    trouble("");
    busy(true);
    send(change);
  }

  function send(change) {
    var data = now();
    Object.keys(change).forEach(function (key) { data[key] = change[key]; });
    // The same question twice is another one for Dash.
    data.n = sent += 1;
    window.dash_clientside.set_props(store(), { data: data });
  }

  function busy(yes) {
    app.classList.toggle("busy", yes);
    if (yes) app.setAttribute("aria-busy", "true");
    else app.removeAttribute("aria-busy");
  }

  // What went wrong, where the reader looks; with a way to try again where there is one.
  function trouble(said, again) {
    var bar = document.getElementById("app-trouble");
    bar.hidden = !said;
    bar.querySelector("p").textContent = said;
    bar.querySelector("button").hidden = !again;
  }

  // An answer did not come: reads are tried once more by themselves, then the page says so, and its
  // controls show again what the page shows.
  function lost(said) {
    if (!taken || !app.classList.contains("busy")) return;
    if (!tries && navigator.onLine) {
      tries = 1;
      setTimeout(function () {
        if (app.classList.contains("busy")) send(last.change);
      }, RETRY_MS);
      return;
    }
    giveUp(said);
  }

  function giveUp(said) {
    unanswered = true;
    busy(false);
    var held = document.activeElement && app.contains(document.activeElement) && document.activeElement.id;
    ["explorer-controls", "explorer-slider", "area-controls"].forEach(function (id) {
      var slot = document.getElementById(id);
      if (slot && slot.soilHtml !== undefined) slot.innerHTML = slot.soilHtml;
    });
    if (held && document.getElementById(held)) document.getElementById(held).focus();
    trouble(navigator.onLine ? said : offline(), true);
  }

  function coded(status) {
    return note.dataset.lost + " (E-" + status + ")";
  }

  function offline() {
    return note.dataset.offline.replace("{time}", shownAt);
  }

  // Dash does not tell when a callback of its own fails: the request is looked at on its way.
  function watch() {
    var plain = window.fetch;
    window.fetch = function (address) {
      var answer = plain.apply(this, arguments);
      if (/_dash-update-component(\?|$)/.test(String(address.url || address))) {
        answer.then(function (got) { if (!got.ok) lost(coded(got.status)); }, function () { lost(coded(0)); });
      }
      return answer;
    };
    window.addEventListener("offline", function () { if (taken) trouble(offline()); });
    window.addEventListener("online", function () {
      if (unanswered) ask(last.change, last.how);
      else trouble("");
    });
    document.querySelector("#app-trouble button").addEventListener("click", function () {
      ask(last.change, last.how);
    });
  }

  function write(slot, html) {
    if (slot.soilHtml === html) return;
    slot.innerHTML = html;
    slot.soilHtml = html;
  }

  // Who has scrolled stays where they are: what lies above them has its own height first.
  function steady() {
    if (window.scrollY) page.classList.add("whole");
  }

  // Put the server's markup into the slots; the reader's focus stays where it was.
  function fill(data) {
    if (!data) return window.dash_clientside.no_update;
    if (data.failed) {
      if (taken) lost(data.failed);
      else note.textContent = data.failed;
      return window.dash_clientside.no_update;
    }
    var held = document.activeElement && app.contains(document.activeElement) && document.activeElement.id;
    var scrolls = {};
    app.querySelectorAll(".tall").forEach(function (box, i) { scrolls[i] = box.scrollTop; });
    Object.keys(data.slots).forEach(function (id) {
      var slot = document.getElementById(id);
      if (slot) write(slot, data.slots[id]);
    });
    if (held && document.getElementById(held)) document.getElementById(held).focus();
    if (data.path === location.pathname) {
      app.querySelectorAll(".tall").forEach(function (box, i) { box.scrollTop = scrolls[i] || 0; });
    }
    busy(false);
    trouble("");
    shownAt = new Date().toLocaleTimeString(data.lang, { hour: "2-digit", minute: "2-digit" });
    // Dash has put the name of the service there.
    document.title = data.title;
    if (!first) address(data);
    // A map that has just come beside another one has to be told its size, and where to look.
    setTimeout(function () {
      window.dispatchEvent(new Event("resize"));
      var pair = !!app.querySelector(".pair");
      if (data.bounds && pair !== paired) {
        var fit = { bounds: data.bounds, transition: "fitBounds" };
        window.dash_clientside.set_props("explorer-map", { viewport: fit });
        if (pair) window.dash_clientside.set_props("explorer-map2", { viewport: fit });
      }
      paired = pair;
    }, 80);
    if (first) { inside = data.inside; steady(); }
    first = false;
    take();
    return data.path + data.search;
  }

  function address(data) {
    var moved = data.path !== location.pathname;
    if (data.inside !== inside || moved) { place = ""; inside = data.inside; }
    var target = data.path + placed(data.search);
    if (asked === "push" && target !== location.pathname + location.search) history.pushState(null, "", target);
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
    note.textContent = data.said;
    if (moved) window.scrollTo(0, 0);
  }

  // Swap the layers once the map is there; both have the same boxes, so nothing jumps.
  function take() {
    if (taken) return;
    if (!app.querySelector(".leaflet-container")) { setTimeout(take, 60); return; }
    if (window.scrollY && !page.classList.contains("whole")) { steady(); requestAnimationFrame(take); return; }
    taken = true;
    var inside = page.contains(document.activeElement);
    var y = window.scrollY;
    app.classList.remove("waiting");
    app.removeAttribute("inert");
    // The style sheet of both layers stands in the first one, and stays.
    page.querySelectorAll(".wrap > :not(link)").forEach(function (one) { one.remove(); });
    page.hidden = true;
    var skip = document.querySelector("[data-skip-table]");
    if (skip) skip.setAttribute("href", "#a-table");
    window.scrollTo(0, y);
    if (inside) document.getElementById("main").focus({ preventScroll: true });
    name();
    note.textContent = note.dataset.ready;
    document.documentElement.setAttribute("data-app", "ready");
    window.dispatchEvent(new Event("resize"));
  }

  // Leaflet speaks English and knows no region: say what the map is, in the page's language.
  function name() {
    app.querySelectorAll(".leaflet-container").forEach(tell);
  }

  function tell(box) {
    ["pointerdown", "keydown", "wheel"].forEach(function (kind) {
      box.addEventListener(kind, function () { hand = true; }, { passive: true });
    });
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", note.dataset.map);
    [["in", note.dataset.in], ["out", note.dataset.out]].forEach(function (pair) {
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
  }

  function failed() {
    if (taken) return;
    note.textContent = note.dataset.failed + " ";
    var again = document.createElement("a");
    again.href = location.href;
    again.textContent = note.dataset.again;
    note.appendChild(again);
  }

  // The app's half megabyte comes after the first paint: until then the line is the page's own.
  function afterPaint(then) {
    var once = function () { var run = then; then = function () {}; run(); };
    setTimeout(once, 3000);
    try {
      new PerformanceObserver(function (list) {
        if (list.getEntriesByName("first-contentful-paint").length) once();
      }).observe({ type: "paint", buffered: true });
    } catch (e) { once(); }
  }

  // What Dash asks for once it runs is asked for while its scripts come: what it listens to and its
  // layout are then in the browser's cache, and the answer for this address lies ready.
  function fetchAhead() {
    var config = JSON.parse(document.getElementById("_dash-config").textContent);
    var under = config.requests_pathname_prefix, state = store(), data = now();
    var answer = fetch(under + "_dash-dependencies").then(json).then(function (all) {
      var draw = all.filter(function (one) {
        return !one.clientside_function && one.inputs.some(function (input) { return input.id === state; });
      })[0];
      return fetch(under + "_dash-update-component", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({
          output: draw.output, changedPropIds: [state + ".data"],
          outputs: draw.output.replace(/^\.\.|\.\.$/g, "").split("...").map(function (one) {
            return { id: one.split(".")[0], property: one.split(".")[1] };
          }),
          inputs: [{ id: state, property: "data", value: data }], state: draw.state
        })
      });
    }).then(json);
    answer.catch(function () { /* Dash asks again */ });
    fetch(under + "_dash-layout").catch(function () { /* as above */ });
    ahead = { asked: JSON.stringify(data), answer: answer };
  }

  function json(answer) {
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }

  // Hand Dash an answer that it has not asked for. A map looks at its place first, and only when it
  // has drawn that asks for tiles: those of the whole world would be for nothing.
  function hold(answer) {
    var set = window.dash_clientside.set_props, found = answer.response;
    Object.keys(found).forEach(function (id) {
      if ("viewport" in found[id]) {
        set(id, { viewport: found[id].viewport });
        delete found[id].viewport;
      }
    });
    setTimeout(function () {
      Object.keys(found).forEach(function (id) { set(id, found[id]); });
    }, 80);
  }

  function fetchApp() {
    fetchAhead();
    var content = document.getElementById("app-parts").content;
    document.head.append.apply(document.head, content.querySelectorAll("link"));
    var parts = [].slice.call(content.querySelectorAll("script"));
    var outside = parts.filter(function (one) { return one.src; });
    // What is written in the page itself starts the app, once everything it needs has run.
    var start = function () { parts.filter(function (one) { return !one.src; }).forEach(add); };
    outside.forEach(function (one, i) {
      var script = add(one);
      script.onerror = failed;
      if (i === outside.length - 1) script.onload = start;
    });
  }

  function add(part) {
    var script = document.createElement("script");
    [].forEach.call(part.attributes, function (at) { script.setAttribute(at.name, at.value); });
    script.async = false;
    script.textContent = part.textContent;
    document.body.appendChild(script);
    return script;
  }

  function chosen(form, name) {
    var query = new URLSearchParams();
    new FormData(form).forEach(function (value, key) {
      // Another variable has periods, units and products of its own.
      if (name !== "v" || ["t", "t2", "d", "src", "u", "b"].indexOf(key) < 0) query.set(key, value);
    });
    return "?" + query;
  }

  function listen() {
    app.addEventListener("change", function (event) {
      var slider = event.target.dataset.slider && document.getElementById(event.target.dataset.slider);
      if (slider) {
        slider.selectedIndex = slider.options.length - 1 - event.target.value;
        ask({ search: chosen(slider.form, "t") }, "replace");
        return;
      }
      var form = event.target.closest("form[data-state]");
      if (form) ask({ search: chosen(form, event.target.name) }, "push");
    });
    app.addEventListener("input", function (event) {
      var select = event.target.dataset.slider && document.getElementById(event.target.dataset.slider);
      if (!select) return;
      var text = select.options[select.options.length - 1 - event.target.value].text;
      event.target.setAttribute("aria-valuetext", text);
      event.target.parentNode.querySelector("output").textContent = text;
    });
    app.addEventListener("submit", function (event) {
      if (event.target.closest("form[data-state]")) event.preventDefault();
    });
    app.addEventListener("click", function (event) {
      if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      var link = event.target.closest("a[href]");
      if (!link) return;
      var target = new URL(link.getAttribute("href"), location.href);
      var kind = /^\/(fr|en|es)\/soc\/[^/]+$/;
      var near = link.hasAttribute("data-state") ? target.pathname === location.pathname
        : kind.test(target.pathname) && kind.test(location.pathname);
      if (!near || target.origin !== location.origin) return;
      event.preventDefault();
      ask({ path: target.pathname, search: target.search }, link.dataset.state === "replace" ? "replace" : "push");
    });
    window.addEventListener("popstate", function () { if (taken) ask({}, "replace"); });
    document.addEventListener("soil:theme", function () { if (taken) ask({}, "replace"); });
    setTimeout(failed, WAIT_MS);
  }

  // --- map ---------------------------------------------------------------------------------

  // What lies around an area is faded: its colours are those of other areas.
  var drawn = {}, veil = null, later;

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

  // Half way up a Mercator map is not half way in latitude.
  function centre(bounds) {
    var up = function (lat) { return Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)); };
    var y = (up(bounds[0][0]) + up(bounds[1][0])) / 2;
    return [Math.atan(Math.sinh(y)) * 180 / Math.PI, (bounds[0][1] + bounds[1][1]) / 2];
  }

  function placed(search) {
    var kept = search.replace(/[?&](ll|z)=[^&]*/g, "").replace(/^&/, "?");
    return place ? kept + (kept ? "&" : "?") + place : search;
  }

  clientside.soil = {
    start: function (_) {
      var early = ahead;
      ahead = null;
      if (!early || early.asked !== JSON.stringify(now())) return now();
      early.answer.then(hold, function () { ask({}, "replace"); });
      return window.dash_clientside.no_update;
    },
    fill: fill,
    // A place on a map: the server says which area that is, and chooses it.
    clicked: function () {
      var trigger = window.dash_clientside.callback_context.triggered[0];
      var click = trigger && trigger.value;
      if (click && click.latlng) ask({ at: [click.latlng.lng, click.latlng.lat] }, "push");
      return window.dash_clientside.no_update;
    },
    // Two maps beside each other show the same place.
    follow: function (bounds, zoom, other, box) {
      var still = window.dash_clientside.no_update;
      if (!bounds || !/pair/.test(box || "")) return still;
      if (other && Math.max.apply(null, [0, 1].map(function (corner) {
        return Math.max(Math.abs(bounds[corner][0] - other[corner][0]), Math.abs(bounds[corner][1] - other[corner][1]));
      })) < Math.abs(bounds[1][1] - bounds[0][1]) / 200) return still;
      return { center: centre(bounds), zoom: zoom, transition: "setView" };
    },
    // Where the reader moved the map is a part of the address, once it has been still for a while.
    moved: function (bounds, zoom) {
      if (hand && bounds) {
        place = "ll=" + centre(bounds).map(function (at) { return at.toFixed(2); }) + "&z=" + zoom;
        clearTimeout(still);
        still = setTimeout(function () {
          history.replaceState(null, "", location.pathname + placed(location.search) + location.hash);
        }, 400);
      }
      return window.dash_clientside.no_update;
    },
    // Finer outlines from zoom 4 on.
    outlines: function (zoom, hideout) {
      if (!hideout || !hideout.outlines) return window.dash_clientside.no_update;
      return zoom >= 4 ? hideout.outlines.fine : hideout.outlines.coarse;
    }
  };

  document.addEventListener("DOMContentLoaded", function () {
    page = document.getElementById("page");
    app = document.getElementById("app");
    note = document.getElementById("app-note");
    var keys = new URLSearchParams(location.search);
    if (keys.get("ll") && keys.get("z")) place = "ll=" + keys.get("ll") + "&z=" + keys.get("z");
    watch();
    listen();
    if (document.getElementById("app-parts")) afterPaint(fetchApp);
  });
})();
