// The lobby's board for any browser, old televisions too: ES5 only. The server composes; this puts texts in places.
(function () {
  "use strict";

  var SILENT_MS = 12000; // the server sends a frame at least every 5 s
  var POLL_MS = 2000;
  var LAST_SHOWN_MAX = 5;
  var SERVICES_A_PAGE = 8;
  var ROWS_A_PAGE = 8;
  var words = JSON.parse(document.getElementById("words").textContent);
  var heard = new Date().getTime();
  var source = null;
  var shown = "";

  function $(id) { return document.getElementById(id); }
  function text(id, value) { var e = $(id); if (e.textContent !== value) { e.textContent = value; } }
  function add(parent, name, value, cls) {
    var e = document.createElement(name);
    if (cls) { e.className = cls; }
    if (value !== "") { e.appendChild(document.createTextNode(value)); }
    parent.appendChild(e);
    return e;
  }
  function empty(e) { while (e.firstChild) { e.removeChild(e.firstChild); } }
  function pageOf(list, size, page) {
    var pages = Math.max(1, Math.ceil(list.length / size));
    var at = (page % pages) * size;
    return list.slice(at, at + size);
  }
  function arrow(parent, sign) {
    var cls = { "<": "left", ">": "right", "-": "ahead" }[sign];
    if (cls) { add(parent, "span", "", "b-arrow " + cls); }
  }

  function drawSpot(spot) {
    var go = $("spot-go");
    empty(go);
    if (!spot) {
      $("spot").className = "b-spot quiet";
      text("spot-word", words["board.nobody"]);
      text("spot-number", "");
      add(go, "span", words["board.welcome"], "");
      return;
    }
    $("spot").className = "b-spot" + (spot.lit ? " lit" : "") + (spot.mood === "past" ? " quiet" : "");
    text("spot-word", spot.mood === "past" ? words["board.last_called"] : words["board.now_calling"]);
    text("spot-number", spot.number);
    if (spot.arrow === "<") { arrow(go, spot.arrow); }
    add(go, "span", spot.mood === "past" ? spot.counter_name : words["board.go_to"] + " " + spot.counter_name, "");
    if (spot.arrow !== "<") { arrow(go, spot.arrow); }
  }

  function drawRows(rows, page) {
    var box = $("rows"), list = pageOf(rows, ROWS_A_PAGE, page), i, row, e;
    empty(box);
    for (i = 0; i < list.length; i++) {
      row = list[i];
      e = add(box, "div", "", "b-row" + (row.number ? "" : " off"));
      add(e, row.number ? "b" : "i", row.number || row.word, "");
      add(e, "span", row.name, "");
    }
  }

  function drawLists(frame) {
    var last = $("last"), services = $("services"), i, e, line;
    empty(last);
    for (i = 0; i < frame.last_calls.length && i < LAST_SHOWN_MAX; i++) {
      line = frame.last_calls[i];
      e = add(last, "div", "", "b-line");
      add(e, "b", line.number, "");
      add(e, "span", line.counter_name, "");
      add(e, "i", line.at, "");
    }
    text("waiting", String(frame.waiting));
    empty(services);
    line = pageOf(frame.services, SERVICES_A_PAGE, frame.page);
    for (i = 0; i < line.length; i++) {
      e = add(services, "div", "", "b-line" + (line[i].open ? "" : " shut"));
      add(e, "b", line[i].code, "");
      add(e, "span", line[i].name, "");
      add(e, "i", line[i].open ? String(line[i].waiting) : line[i].wait, "");
    }
  }

  function draw(raw) {
    heard = new Date().getTime();
    if (raw === shown) { return; }
    shown = raw;
    var frame = JSON.parse(raw);
    text("title", frame.title);
    text("date", frame.date);
    text("clock", frame.clock);
    drawSpot(frame.spotlight);
    drawRows(frame.rows, frame.page);
    drawLists(frame);
    text("ticker", frame.ticker.length ? frame.ticker[frame.page % frame.ticker.length] : "");
    stale(frame.stale || "");
  }

  function stale(message) {
    text("stale", message);
    $("stale").className = "b-stale" + (message ? " on" : "");
  }

  function poll() {
    var request = new XMLHttpRequest();
    request.open("GET", "/board/frame.json", true);
    request.timeout = 5000;
    request.onreadystatechange = function () {
      if (request.readyState === 4 && request.status === 200) { draw(request.responseText); }
    };
    request.send();
  }

  function listen() {
    if (!window.EventSource) { setInterval(poll, POLL_MS); poll(); return; }
    if (source) { source.close(); }
    source = new EventSource("/board/frames");
    source.addEventListener("frame", function (event) { draw(event.data); });
    source.onerror = function () { if (source.readyState === 2) { setTimeout(listen, 3000); } };
  }

  setInterval(function () {
    var silence = new Date().getTime() - heard;
    if (silence < SILENT_MS) { return; }
    shown = "";
    stale(words["web.board.lost"]);
    if (window.EventSource && silence % 10000 < 1000) { listen(); }
    poll(); // a proxy may hold events back; the truth gets through another way
  }, 1000);
  listen();
}());
