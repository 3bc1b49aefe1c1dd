// Search fields suggest what they would find, while one types; without scripts each is a plain form.
(function () {
  "use strict";
  var WAIT_MS = 150;

  function suggest(input, n) {
    var form = input.form, box = null, asked = null, timer, shown = "", at = -1;

    function links() { return box ? [].slice.call(box.querySelectorAll("[role=option]")) : []; }

    // Made when it is first needed: most readers of a page never search.
    function open() {
      if (box) return;
      box = document.createElement("div");
      box.id = "found-" + n;
      box.className = "found";
      box.hidden = true;
      box.setAttribute("role", "listbox");
      box.setAttribute("aria-label", input.labels[0].textContent);
      // The field keeps the focus; what is chosen is told by its mark.
      box.addEventListener("mousedown", function (event) { event.preventDefault(); });
      box.said = document.createElement("p");
      box.said.className = "visually-hidden";
      box.said.setAttribute("role", "status");
      input.parentNode.classList.add("finds");
      input.parentNode.append(box, box.said);
    }

    function show(yes) {
      if (!box) return;
      box.hidden = !yes;
      input.setAttribute("aria-expanded", String(yes));
      if (!yes) mark(-1);
    }

    function mark(to) {
      var all = links();
      at = to;
      all.forEach(function (one, i) {
        one.setAttribute("aria-selected", String(i === to));
        if (i === to) one.scrollIntoView({ block: "nearest" });
      });
      if (all[to]) input.setAttribute("aria-activedescendant", all[to].id);
      else input.removeAttribute("aria-activedescendant");
    }

    function fill(answer) {
      box.textContent = "";
      var count = 0;
      answer.kinds.forEach(function (kind) {
        var group = document.createElement("div"), title = document.createElement("p");
        group.setAttribute("role", "group");
        group.setAttribute("aria-label", kind.heading);
        title.textContent = kind.heading;
        title.setAttribute("aria-hidden", "true");
        group.append(title);
        kind.found.forEach(function (one) {
          var link = document.createElement("a");
          link.href = one.href;
          link.id = box.id + "-" + (count += 1);
          link.tabIndex = -1;
          link.textContent = one.title;
          link.setAttribute("role", "option");
          group.append(link);
        });
        box.append(group);
      });
      box.said.textContent = answer.said;
      mark(-1);
      show(count > 0 && document.activeElement === input);
    }

    // Whether what is listed was found for the words that stand in the field.
    function current() { return shown === input.value.trim(); }

    function drop() {
      shown = "";
      box.textContent = box.said.textContent = "";
      show(false);
    }

    function ask() {
      var query = input.value.trim();
      // Before anything else: an answer to other words must not come late.
      if (asked) asked.abort();
      if (!query) { drop(); return; }
      if (current()) { show(links().length > 0); return; }
      var mine = (asked = new AbortController());
      fetch(form.getAttribute("action") + ".json?q=" + encodeURIComponent(query), { signal: mine.signal })
        .then(function (answer) { return answer.ok ? answer.json() : { kinds: [], said: "" }; })
        .then(function (answer) {
          if (mine.signal.aborted) return;
          shown = query;
          fill(answer);
        })
        .catch(function () { /* the form is there */ });
    }

    function key(event) {
      var all = links(), open = box && !box.hidden;
      if (event.key === "Escape" && open) {
        event.preventDefault();
        show(false);
      } else if (!current()) {
        return;
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && all.length) {
        event.preventDefault();
        if (!open) show(true);
        var step = event.key === "ArrowDown" ? 1 : -1;
        // One place more than there are suggestions: that of the reader's own words.
        mark((at + 1 + step + all.length + 1) % (all.length + 1) - 1);
      } else if (event.key === "Enter" && open && all[at]) {
        event.preventDefault();
        all[at].click();
      }
    }

    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "found-" + n);
    input.autocomplete = "off";
    input.addEventListener("input", function () {
      open();
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    });
    input.addEventListener("keydown", key);
    input.addEventListener("blur", function () { show(false); });
  }

  document.querySelectorAll("form[action$='/search'] input[name=q]").forEach(suggest);
})();
