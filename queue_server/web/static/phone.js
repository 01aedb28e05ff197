// A ticket on its owner's phone. The board's events say when to look again; the look itself is one small request.
"use strict";

(() => {
  const data = motcua.data("data");
  const texts = data.texts;
  const t = (key, params) => motcua.fill(texts[key], params);
  const $ = (id) => document.getElementById(id);
  const url = "/api/v1/tickets/" + encodeURIComponent(data.token);
  const ENDED = ["done", "cancelled", "expired"];
  let state = "";

  const draw = (status) => {
    const ticket = status.ticket;
    const counter = ticket.counter === null ? "" : data.counters[ticket.counter] || String(ticket.counter);
    $("panel").dataset.state = ticket.state;
    $("state").textContent = t("web.phone." + ticket.state, { counter });
    const waits = ticket.state === "waiting";
    $("ahead").textContent = !waits || status.position === null ? "" : status.position ? t("web.phone.ahead", { count: status.position }) : t("web.phone.next");
    $("wait").textContent = waits ? motcua.waitText(texts, status.estimate, status.estimate_reason) : "";
    $("updated").textContent = t("web.phone.updated", { at: new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: data.timezone }) });
    $("cancel").hidden = !waits;
    if (ticket.state === "called" && state !== "called" && state !== "" && navigator.vibrate) navigator.vibrate([300, 200, 300]);
    state = ticket.state;
  };

  let timer = null;
  // Spread over two seconds: a call must not make every phone in the hall ask at the same instant.
  const later = () => { if (!timer && !ENDED.includes(state)) timer = setTimeout(look, 200 + Math.random() * 1800); };
  const look = async () => {
    timer = null;
    try {
      const answer = await fetch(url, { cache: "no-store" });
      if (answer.ok) draw(await answer.json());
      else if (answer.status === 404) location.reload();
    } catch (error) { /* the pill tells */ }
  };

  $("cancel").addEventListener("click", () => { $("sure").returnValue = ""; $("sure").showModal(); });
  $("sure").addEventListener("close", async () => {
    if ($("sure").returnValue !== "yes") return;
    $("cancel").disabled = true;
    const answer = await motcua.command(url + "/cancel", { id: motcua.uuid() });
    $("cancel").disabled = false;
    if (answer.status === 200) look();
    else motcua.say(t("web.phone.cancel.failed"), "bad");
  });

  draw(data.status);
  motcua.live("/api/v1/events", { board: later }, motcua.pill(texts));
  setInterval(look, 30000);
})();
