// The clerk's desk. One click, one id; inert until its answer; nothing moves when data arrives.
"use strict";

(() => {
  const desk = motcua.data("desk");
  const texts = desk.texts;
  const t = (key, params) => motcua.fill(texts[key], params);
  const $ = (id) => document.getElementById(id);
  const base = "/api/v1/counters/" + desk.n;
  // The big button waits after it took another meaning: the second half of a double click, or a click on its way while
  // the ticket changed from elsewhere, must not start, finish or call.
  const GUARD_MS = 700;

  let view = desk.snapshot.counter;
  let version = desk.snapshot.version;
  let offsetMs = Date.parse(desk.snapshot.at) - Date.now();
  let busy = false;
  let guardUntil = 0;
  let guardTells = false; // a change from elsewhere is news; one's own is not

  const now = () => Date.now() + offsetMs;
  const primaryAct = () => {
    if (view.status !== "open") return "open";
    if (!view.ticket) return "call-next";
    return view.ticket.state === "called" ? "start" : "finish";
  };
  const clock = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    const two = (n) => String(n).padStart(2, "0");
    return s >= 3600 ? Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60) : two(Math.floor(s / 60)) + ":" + two(s % 60);
  };
  const set = (id, text) => { if ($(id).textContent !== text) $(id).textContent = text; };

  // ---- drawing ----

  const possible = () => {
    const ticket = view.ticket;
    const state = ticket ? ticket.state : null;
    return {
      "recall": state === "called",
      "no-show": state === "called",
      "undo-no-show": view.status === "open" && !ticket,
      "hold": state === "serving" || state === "called",
      "transfer": state === "serving" || state === "called",
      "requeue": state === "called",
      "pause": view.status === "open" || view.status === "paused",
      "help": true,
      "more": state === "serving",
      "close": view.status !== "closed",
    };
  };

  const drawTicket = () => {
    const ticket = view.ticket;
    $("ticket").className = "panel ticket" + (ticket ? " " + ticket.state : "");
    $("number").className = "ticket-number" + (ticket ? "" : " none");
    set("number", ticket ? ticket.number : t("web.clerk.none"));
    set("state", ticket ? t("web.clerk.state." + ticket.state) : "");
    set("service", ticket ? (desk.services[ticket.service] || ticket.service) : "");
    const list = ticket || { priority: "normal", lang: "vi" };
    const priority = list.priority === "normal" ? "" : desk.priorities[list.priority] || list.priority;
    const booked = list.appointment ? t("web.clerk.appointment") : "";
    const speaks = list.lang === "vi" ? "" : texts["web.lang." + list.lang] || list.lang.toUpperCase();
    set("priority", [priority, booked, speaks].filter(Boolean).join(" · "));
    set("facts", [list.procedure, list.dossier].filter(Boolean).join(" · "));
  };

  const drawTimes = () => {
    const ticket = view.ticket;
    if (!ticket) { set("waited", ""); set("timer", ""); return; }
    const called = ticket.called_at ? Date.parse(ticket.called_at) : now();
    set("waited", t("web.clerk.waited", { minutes: Math.max(0, Math.floor((called - Date.parse(ticket.issued_at)) / 60000)) }));
    if (ticket.state === "serving") {
      const started = ticket.started_at ? Date.parse(ticket.started_at) : 0;
      set("timer", t("web.clerk.served_for", { time: clock(now() - (started || called)) }));
    } else {
      set("timer", t("web.clerk.called_for", { time: clock(now() - called) }));
    }
  };

  const drawActs = () => {
    const can = possible();
    for (const button of document.querySelectorAll("[data-act]")) {
      button.disabled = !can[button.dataset.act];
      button.setAttribute("aria-disabled", String(busy));
    }
    for (const button of document.querySelectorAll("[data-result]")) {
      button.disabled = !(view.ticket && view.ticket.state === "serving");
      button.setAttribute("aria-disabled", String(busy));
    }
    const pauseLabel = document.querySelector('[data-act="pause"] span');
    pauseLabel.textContent = t(view.status === "paused" ? "web.clerk.act.resume" : "web.clerk.act.pause");
    set("primary-label", t("web.clerk.act." + (view.status === "paused" ? "resume" : primaryAct())));
    $("primary").setAttribute("aria-disabled", String(busy || Date.now() < guardUntil));
    $("status").className = "pill " + view.status;
    const why = "web.clerk.pause." + view.reason;
    set("reason", view.status === "paused" && view.reason ? (why in texts ? t(why) : view.reason) : "");
    set("status", t("web.clerk.status." + view.status));
  };

  const drawHeld = () => {
    const list = $("held");
    list.textContent = "";
    if (!view.held.length) {
      const none = document.createElement("li");
      none.className = "muted";
      none.textContent = t("web.clerk.held.none");
      list.append(none);
    }
    for (const ticket of view.held) {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = list.dataset.resume;
      button.disabled = Boolean(view.ticket);
      button.addEventListener("click", () => act("resume", { number: ticket.number }));
      row.append(ticket.number, button);
      list.append(row);
    }
  };

  const drawQueue = (queue) => {
    set("waiting", String(queue.waiting));
    const shown = queue.tickets.slice(0, 12);
    const body = $("queue");
    body.textContent = "";
    for (const ticket of shown) {
      const row = body.insertRow();
      const number = row.insertCell();
      number.textContent = ticket.number;
      const service = row.insertCell();
      service.textContent = desk.services[ticket.service] || ticket.service;
      const priority = ticket.priority === "normal" ? "" : desk.priorities[ticket.priority] || ticket.priority;
      for (const text of [priority, ticket.appointment ? t("web.clerk.appointment") : ""].filter(Boolean)) {
        const mark = document.createElement("span");
        mark.className = "mark";
        mark.textContent = text;
        service.append(mark);
      }
      const wait = row.insertCell();
      wait.className = "num";
      wait.textContent = t("web.clerk.minutes", { minutes: Math.max(0, Math.floor((now() - Date.parse(ticket.issued_at)) / 60000)) });
    }
    if (!shown.length) {
      const cell = body.insertRow().insertCell();
      cell.colSpan = 3;
      cell.className = "muted";
      cell.textContent = t("web.clerk.queue.empty");
    }
    set("queue-more", queue.waiting > shown.length ? t("web.clerk.queue.more", { count: queue.waiting - shown.length }) : "");
    set("served", String(queue.day.served));
    set("no-shows", String(queue.day.no_shows));
    const mean = queue.day.mean_serving_s;
    set("mean", mean === null ? "–" : (mean > 0 && mean < 3 ? "< " : "") + Math.max(mean > 0 ? 0.1 : 0, mean / 60).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 }));
  };

  const draw = () => { drawTicket(); drawTimes(); drawActs(); drawHeld(); };

  // ---- data ----

  const newer = (one, two) => one.epoch > two.epoch || (one.epoch === two.epoch && one.seq > two.seq);

  const take = (counter, mine) => {
    const before = primaryAct();
    const number = view.ticket ? view.ticket.number : "";
    view = counter;
    const after = view.ticket ? view.ticket.number : "";
    if (before !== primaryAct() || number !== after) {
      guardUntil = Date.now() + GUARD_MS;
      guardTells = !mine && !busy; // the event of one's own act may come before its answer
      setTimeout(drawActs, GUARD_MS + 20);
    }
    draw();
  };

  const arrived = (snapshot) => {
    offsetMs = Math.max(offsetMs, Date.parse(snapshot.at) - Date.now()); // an old snapshot says little about the time
    if (!newer(snapshot.version, version)) return;
    version = snapshot.version;
    take(snapshot.counter, false);
    told(snapshot.notice);
    later();
  };

  // A button on the desk shows no answer: what it was refused is said here, for as long as the snapshot says it.
  const NOTICE_MS = 10000;
  let noticed = "";
  const told = (notice) => {
    if (!notice || notice.at === noticed || now() - Date.parse(notice.at) > NOTICE_MS) return;
    noticed = notice.at;
    const text = t("web.clerk.button_refused", { why: desk.errors[notice.code] || notice.code });
    motcua.say(text, "bad");
    setTimeout(() => { if ($("notice").textContent === text) motcua.say(""); }, NOTICE_MS);
  };

  let timer = null;
  const later = () => { if (!timer) timer = setTimeout(refresh, 300); };
  const refresh = async () => {
    timer = null;
    try {
      const answer = await fetch(base + "/queue", { cache: "no-store" });
      if (answer.ok) drawQueue(await answer.json());
      else if (answer.status === 401) location.href = "/sign-in";
    } catch (error) { /* the pill says that the link is away */ }
  };

  // ---- acting ----

  const act = async (verb, extra, doneAs) => {
    if (busy) return;
    busy = true;
    const number = view.ticket ? view.ticket.number : "";
    motcua.say(t("web.clerk.sending"));
    drawActs();
    const message = Object.assign({ id: motcua.uuid() }, extra);
    const answer = await motcua.command(base + "/" + verb, message, () => motcua.say(t("web.clerk.retrying")));
    busy = false;
    if (answer.status === 200) {
      take(answer.body.counter, true);
      const done = "web.clerk.done." + (doneAs || verb);
      const told = number || (view.ticket ? view.ticket.number : ""); // a ticket that comes back had no number here before
      motcua.say(done in texts ? t(done, { number: told }) : "", "good");
    } else if (answer.status === 204) {
      motcua.say(t("web.clerk.nobody"));
    } else if (answer.status === 401) {
      location.href = "/sign-in";
      return;
    } else {
      motcua.say((answer.body && (texts["web.clerk.error." + verb + "." + answer.body.code] || desk.errors[answer.body.code])) || t("web.clerk.no_answer"), "bad");
    }
    drawActs();
    later();
  };

  const choose = (id) => new Promise((done) => {
    const dialog = $(id);
    dialog.returnValue = "";
    dialog.addEventListener("close", () => done(dialog.returnValue), { once: true });
    dialog.showModal();
  });

  const transfer = async () => {
    $("to-service").value = "";
    $("to-counter").value = "";
    if ((await choose("transfer")) !== "go") return;
    const extra = {};
    if ($("to-service").value) extra.to_service = $("to-service").value;
    if ($("to-counter").value) extra.to_counter = Number($("to-counter").value);
    if (Object.keys(extra).length) await act("transfer", extra);
    else motcua.say(t("web.clerk.transfer.none"), "bad");
  };

  const pause = async () => {
    if (view.status === "paused") { await act("open"); return; }
    const reason = await choose("pause");
    if (reason) await act("pause", { reason });
  };

  const more = async () => {
    const service = await choose("more");
    if (service) await act("finish", { next_service: service }, "more");
  };

  const press = (verb) => {
    if (busy) return;
    if (verb === "transfer") transfer();
    else if (verb === "pause") pause();
    else if (verb === "more") more();
    else act(verb);
  };

  const primary = () => {
    if (busy) return;
    if (Date.now() < guardUntil) { if (guardTells) motcua.say(t("web.clerk.changed")); return; }
    act(primaryAct());
  };

  $("primary").addEventListener("click", primary);
  for (const button of document.querySelectorAll("[data-act]")) {
    button.addEventListener("click", () => press(button.dataset.act));
  }
  for (const button of document.querySelectorAll("[data-result]")) {
    button.addEventListener("click", () => { if (Date.now() >= guardUntil) act("finish", { result: button.dataset.result }); });
  }
  $("call-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const number = $("call-number").value.trim().toUpperCase().replace(/^([A-Z])([0-9]{1,2})$/, (whole, letter, serial) => letter + serial.padStart(3, "0"));
    if (!/^[A-Z][0-9]{3}$/.test(number)) { // the browser's own bubble would speak the browser's language
      motcua.say(t("web.clerk.error.call.bad_number"), "bad");
      $("call-number").focus();
      return;
    }
    $("call-number").value = "";
    $("call-number").blur();
    act("call", { number });
  });
  // "Either a service or a counter": choosing one clears nothing, both together mean both.
  addEventListener("keydown", (event) => {
    const inField = event.target.matches && event.target.matches("input, select, textarea");
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || inField || document.querySelector("dialog[open]")) return;
    const button = document.querySelector('[data-key="' + CSS.escape(event.key) + '"]');
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  });

  draw();
  told(desk.snapshot.notice);
  drawQueue(desk.queue);
  motcua.live("/api/v1/events?counter=" + desk.n, { counter: arrived, board: later }, motcua.pill(texts));
  setInterval(drawTimes, 1000);
  setInterval(refresh, 30000);
})();
