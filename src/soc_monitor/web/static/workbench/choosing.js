// What a reader chooses: controls, sliders, links to other states, the way back.
(function () {
  "use strict";
  var soil = (window.soil = window.soil || {}), bench = (soil.bench = soil.bench || {});

  function chosen(form, name) {
    var query = new URLSearchParams();
    new FormData(form).forEach(function (value, key) {
      // Another variable has periods, units and products of its own.
      if (name !== "v" || ["t", "t2", "d", "src", "u", "b"].indexOf(key) < 0) query.set(key, value);
    });
    return "?" + query;
  }

  function slid(event) {
    return event.target.dataset.slider && document.getElementById(event.target.dataset.slider);
  }

  function change(event) {
    var slider = slid(event);
    if (slider) {
      slider.selectedIndex = slider.options.length - 1 - event.target.value;
      bench.ask({ search: chosen(slider.form, "t") }, "replace");
      return;
    }
    var form = event.target.closest("form[data-state]");
    if (form) bench.ask({ search: chosen(form, event.target.name) }, "push");
  }

  function input(event) {
    var select = slid(event);
    if (!select) return;
    var text = select.options[select.options.length - 1 - event.target.value].text;
    event.target.setAttribute("aria-valuetext", text);
    event.target.parentNode.querySelector("output").textContent = text;
  }

  function click(event) {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    var link = event.target.closest("a[href]");
    if (!link) return;
    var target = new URL(link.getAttribute("href"), location.href);
    var kind = /^\/(fr|en|es)\/soc\/[^/]+$/;
    var near = link.hasAttribute("data-state") ? target.pathname === location.pathname
      : kind.test(target.pathname) && kind.test(location.pathname);
    if (!near || target.origin !== location.origin) return;
    event.preventDefault();
    var how = link.dataset.state === "replace" ? "replace" : "push";
    bench.ask({ path: target.pathname, search: target.search }, how);
  }

  bench.listen = function () {
    bench.app.addEventListener("change", change);
    bench.app.addEventListener("input", input);
    bench.app.addEventListener("submit", function (event) {
      if (event.target.closest("form[data-state]")) event.preventDefault();
    });
    bench.app.addEventListener("click", click);
    var again = function () { if (bench.taken) bench.ask({}, "replace"); };
    window.addEventListener("popstate", again);
    document.addEventListener("soil:theme", again);
  };
})();
