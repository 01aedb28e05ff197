// Book a slot; then the booking itself, whose token stands behind the # of the address and is never sent in it.
"use strict";

(() => {
  const data = motcua.data("data");
  const texts = data.texts;
  const t = (key, params) => motcua.fill(texts[key], params);
  const $ = (id) => document.getElementById(id);
  const form = $("form");
  const LOOK_MS = 30000;
  let token = "";
  let pending = null; // {key, id}: the same choice after no answer keeps its id
  let busy = false;
  let asked = 0; // the newest question for slots: an older answer is not shown

  const clock = (at) => at.slice(11, 16); // the server writes the office's own time
  const dayName = (at) => {
    const day = new Date(at.slice(0, 10) + "T00:00:00Z");
    return t("web.book.weekday." + ((day.getUTCDay() + 6) % 7)) + " " + day.getUTCDate() + "/" + (day.getUTCMonth() + 1) + "/" + day.getUTCFullYear();
  };
  const tell = (text, kind) => {
    $("told").textContent = text || "";
    $("told").className = "notice no-print" + (kind ? " " + kind : "");
    if (text) $("told").scrollIntoView({ block: "nearest" });
  };
  const title = (answer, otherwise) => (answer.body && (texts["web.book.error." + answer.body.code] || answer.body.title)) || otherwise;
  // What is missing is said in the language of the page; the browser's own bubble speaks the browser's.
  const missing = (wish) => {
    const first = ["service", "date", "start", "person"].find((name) => !wish[name]);
    if (first) return "web.book.missing." + first;
    return /^[+]?[0-9][0-9 .-]*$/.test(wish.person) && /^.{8,15}$/.test(wish.person.replace(/[^0-9]/g, "")) ? "" : "web.book.person.form";
  };

  // ---- the form ----

  const chip = (slot) => {
    const label = document.createElement("label");
    label.className = "chip";
    const input = document.createElement("input");
    input.type = "radio";
    input.name = "start";
    input.value = clock(slot.start);
    input.required = true;
    input.disabled = slot.free === 0;
    const body = document.createElement("span");
    const time = document.createElement("b");
    time.textContent = clock(slot.start);
    const room = document.createElement("small");
    room.textContent = slot.free ? t("web.book.free", { count: slot.free }) : t("web.book.full");
    body.append(time, room);
    label.append(input, body);
    return label;
  };

  const refuse = (text) => {
    motcua.say(text, "bad");
    $("notice").scrollIntoView({ block: "nearest" });
  };

  const slots = async () => {
    const service = form.elements.service.value;
    const date = form.elements.date.value;
    if (!service || !date) return;
    const mine = ++asked;
    const before = form.elements.start ? form.elements.start.value : "";
    let found = null;
    try {
      const answer = await fetch("/api/v1/slots?service=" + encodeURIComponent(service) + "&date=" + encodeURIComponent(date), { cache: "no-store" });
      if (answer.ok) found = (await answer.json()).slots;
    } catch (error) { found = null; }
    if (mine !== asked) return;
    $("slots").replaceChildren(...(found || []).map(chip));
    for (const input of $("slots").querySelectorAll("input")) input.checked = input.value === before && !input.disabled;
    $("slots-hint").textContent = found === null ? t("web.book.slots.failed") : found.length ? "" : t("web.book.slots.none");
  };

  const send = async () => {
    const wish = { service: form.elements.service.value, date: form.elements.date.value, start: form.elements.start ? form.elements.start.value : "", person: $("person").value.replace(/[()]/g, " ").trim(), lang: document.documentElement.lang };
    const lacks = missing(wish);
    if (lacks) { refuse(t(lacks)); return; }
    const key = JSON.stringify(wish);
    if (!pending || pending.key !== key) pending = { key, id: motcua.uuid() };
    busy = true;
    $("book").setAttribute("aria-disabled", "true");
    motcua.say(t("web.book.sending"));
    const answer = await motcua.command("/api/v1/appointments", Object.assign({ id: pending.id }, wish));
    busy = false;
    $("book").removeAttribute("aria-disabled");
    if (answer.status === 201) {
      pending = null;
      form.reset();
      $("slots").replaceChildren();
      history.replaceState(null, "", "#" + answer.body.token);
      motcua.say("");
      tell("");
      show(answer.body);
      scrollTo(0, 0);
      return;
    }
    if (answer.body) pending = null;
    refuse(title(answer, t("web.book.no_answer")));
    if (answer.status === 404 || answer.status === 409) slots(); // full or over by now
  };

  // ---- the booking ----

  const show = (booking) => {
    token = booking.token;
    if (form) form.hidden = true;
    $("booking").hidden = $("acts").hidden = false;
    $("booking").dataset.state = booking.state;
    const booked = booking.state === "booked";
    $("state").textContent = t("web.book.state." + booking.state);
    $("day").textContent = dayName(booking.start);
    $("time").textContent = clock(booking.start) + "–" + clock(booking.end);
    $("service").textContent = data.services[booking.service] || booking.service;
    $("code").textContent = t("web.book.code", { code: token.slice(-4).toUpperCase() }); // staff find it by that
    $("number").textContent = booking.number || "";
    $("still").hidden = $("cancel").hidden = $("print").hidden = $("keep").hidden = !booked;
    $("another").hidden = booked || !form;
    if (booked && !$("qr").src) $("qr").src = "/api/v1/appointments/" + encodeURIComponent(token) + "/qr";
  };

  const look = async () => {
    if (!token) return;
    try {
      const answer = await fetch("/api/v1/appointments/" + encodeURIComponent(token), { cache: "no-store" });
      if (answer.ok) {
        if ($("booking").hidden) tell("");
        show(await answer.json());
      }
      else if (answer.status === 404) {
        token = "";
        $("booking").hidden = $("acts").hidden = $("keep").hidden = true;
        if (form) form.hidden = false;
        tell(t("web.book.unknown"), "bad");
      }
    } catch (error) {
      if ($("booking").hidden) tell(t("web.book.look.failed"), "bad"); // looked at again soon
    }
  };

  const open = () => {
    token = location.hash.slice(1);
    $("qr").removeAttribute("src");
    if (form) form.hidden = token !== "";
    $("booking").hidden = $("acts").hidden = $("keep").hidden = true;
    tell("");
    look();
  };

  if (form) {
    form.addEventListener("change", (event) => { if (event.target.name === "service" || event.target.name === "date") slots(); });
    form.addEventListener("submit", (event) => { event.preventDefault(); if (!busy) send(); });
  }
  $("print").addEventListener("click", () => window.print());
  $("cancel").addEventListener("click", () => { $("sure").returnValue = ""; $("sure").showModal(); });
  $("sure").addEventListener("close", async () => {
    if ($("sure").returnValue !== "yes") return;
    $("cancel").disabled = true;
    const answer = await motcua.command("/api/v1/appointments/" + encodeURIComponent(token) + "/cancel", { id: motcua.uuid() });
    $("cancel").disabled = false;
    if (answer.status === 200) show(answer.body);
    else tell(title(answer, t("web.book.cancel.failed")), "bad");
  });
  addEventListener("hashchange", open);
  for (const link of document.querySelectorAll(".langs a")) link.addEventListener("click", () => { link.hash = token; });
  open();
  setInterval(look, LOOK_MS);
})();
