/* Sorts and filters the tables; how is kept in the address: #sort=accuracy&filter=replay,
 * with a minus before the column for the largest first. Without scripts the page is whole. */
(function () {
  "use strict";
  var tables = Array.prototype.slice.call(document.querySelectorAll("table.sortable"));
  var input = document.getElementById("filter");

  function state() {
    return new URLSearchParams(location.hash.slice(1));
  }
  function column(table, name) {
    return Array.prototype.findIndex.call(table.tHead.rows[0].cells, function (th) {
      return th.textContent.trim() === name;
    });
  }
  function text(row, k) {
    return row.cells[k].textContent.trim();
  }
  /* Numbers before words, and what is missing last, whichever way. */
  function compare(a, b, k, down) {
    var s = text(a, k), t = text(b, k), x = parseFloat(s), y = parseFloat(t);
    if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
    var order = isNaN(x) ? s.localeCompare(t) : x - y;
    return (down ? -order : order) || a.dataset.row - b.dataset.row;
  }
  function apply() {
    var now = state(), sort = now.get("sort") || "", down = sort[0] === "-";
    var name = down ? sort.slice(1) : sort, wanted = (now.get("filter") || "").toLowerCase();
    if (input) input.value = now.get("filter") || "";
    tables.forEach(function (table) {
      var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
      var k = name ? column(table, name) : -1;
      rows.forEach(function (row, i) {
        if (row.dataset.row === undefined) row.dataset.row = i;
        row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
      });
      rows.sort(function (a, b) {
        return k < 0 ? a.dataset.row - b.dataset.row : compare(a, b, k, down);
      }).forEach(function (row) { body.appendChild(row); });
      Array.prototype.forEach.call(table.tHead.rows[0].cells, function (th, i) {
        if (i === k) th.setAttribute("aria-sort", down ? "descending" : "ascending");
        else th.removeAttribute("aria-sort");
      });
    });
  }
  function set(key, value) {
    var now = state();
    ["sort", "filter"].forEach(function (k) { if (k === key) now.set(k, value); });
    Array.from(now.keys()).forEach(function (k) {
      if ((k !== "sort" ? k !== "filter" : false) || !now.get(k)) now.delete(k);
    });
    history.replaceState(null, "", "#" + now.toString());
    apply();
  }
  tables.forEach(function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (th) {
      var button = document.createElement("button"), name = th.textContent.trim();
      if (!name) return;
      button.type = "button";
      button.textContent = name;
      button.title = "sort by " + name;
      button.onclick = function () {
        set("sort", state().get("sort") === "-" + name ? name : "-" + name);
      };
      th.textContent = "";
      th.appendChild(button);
    });
  });
  if (input) {
    input.oninput = function () { set("filter", input.value); };
    input.parentNode.parentNode.style.display = "block";
  }
  window.addEventListener("hashchange", apply);
  apply();
})();
