// How the app comes: after the first paint, with what it will ask for first already on its way; then
// it takes the place of the page.
(function () {
  "use strict";
  var soil = (window.soil = window.soil || {}), bench = (soil.bench = soil.bench || {});
  var WAIT_MS = 20000;
  var ahead = null;

  function failed() {
    if (bench.taken) return;
    bench.note.textContent = bench.note.dataset.failed + " ";
    var again = document.createElement("a");
    again.href = location.href;
    again.textContent = bench.note.dataset.again;
    bench.note.appendChild(again);
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
    var under = config.requests_pathname_prefix, state = bench.store(), data = bench.now();
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

  // The first state that Dash hears of: the answer for it may be there already.
  bench.begin = function () {
    var early = ahead;
    ahead = null;
    if (!early || early.asked !== JSON.stringify(bench.now())) return bench.now();
    early.answer.then(hold, function () { bench.ask({}, "replace"); });
    return window.dash_clientside.no_update;
  };

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

  // Swap the layers once the map is there; both have the same boxes, so nothing jumps.
  bench.take = function () {
    var page = bench.page, app = bench.app;
    if (bench.taken) return;
    if (!app.querySelector(".leaflet-container")) { setTimeout(bench.take, 60); return; }
    if (window.scrollY && !page.classList.contains("whole")) {
      bench.steady();
      requestAnimationFrame(bench.take);
      return;
    }
    bench.taken = true;
    var within = page.contains(document.activeElement);
    var y = window.scrollY;
    app.classList.remove("waiting");
    app.removeAttribute("inert");
    // The style sheet of both layers stands in the first one, and stays.
    page.querySelectorAll(".wrap > :not(link)").forEach(function (one) { one.remove(); });
    page.hidden = true;
    var skip = document.querySelector("[data-skip-table]");
    if (skip) skip.setAttribute("href", "#a-table");
    window.scrollTo(0, y);
    if (within) document.getElementById("main").focus({ preventScroll: true });
    app.querySelectorAll(".leaflet-container").forEach(bench.name);
    bench.note.textContent = bench.note.dataset.ready;
    document.documentElement.setAttribute("data-app", "ready");
    window.dispatchEvent(new Event("resize"));
  };

  bench.come = function () {
    setTimeout(failed, WAIT_MS);
    if (document.getElementById("app-parts")) afterPaint(fetchApp);
  };
})();
