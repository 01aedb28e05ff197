// A ticket for somebody else. One id until the answer came, also when the button is pressed again.
"use strict";

(() => {
  const data = motcua.data("data");
  const texts = data.texts;
  const t = (key, params) => motcua.fill(texts[key], params);
  const $ = (id) => document.getElementById(id);
  const form = $("form");
  let busy = false;
  let pending = null; // {key, id}: the same choice after no answer keeps its id

  const reset = () => {
    form.reset();
    pending = null;
    motcua.say("");
  };

  const show = (issued) => {
    $("given-number").textContent = issued.number;
    $("given-service").textContent = data.services[issued.service] || issued.service;
    $("given-priority").textContent = issued.priority === "normal" ? "" : data.priorities[issued.priority] || "";
    $("given-ahead").textContent = issued.position ? t("web.phone.ahead", { count: issued.position }) : t("web.phone.next");
    $("given-wait").textContent = motcua.waitText(texts, issued.estimate, issued.estimate_reason);
    $("given-at").textContent = new Date(issued.issued_at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short", timeZone: data.timezone });
    $("given").showModal();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    const chosen = new FormData(form);
    const service = chosen.get("service");
    if (!service) { motcua.say(t("web.greeter.choose"), "bad"); return; }
    const choice = { service, priority: chosen.get("priority"), lang: chosen.get("lang") };
    const key = JSON.stringify(choice);
    if (!pending || pending.key !== key) pending = { key, id: motcua.uuid() };
    busy = true;
    $("issue").setAttribute("aria-disabled", "true");
    motcua.say(t("web.greeter.sending"));
    const answer = await motcua.command("/api/v1/tickets", Object.assign({ id: pending.id }, choice));
    busy = false;
    $("issue").setAttribute("aria-disabled", "false");
    if (answer.status === 201) {
      pending = null;
      motcua.say("");
      show(answer.body);
    } else if (answer.status === 401) {
      location.href = "/sign-in";
    } else {
      if (answer.body) pending = null;
      motcua.say((answer.body && data.errors[answer.body.code]) || t("web.greeter.no_answer"), "bad");
    }
  });

  $("given").addEventListener("close", reset);
  document.addEventListener("motcua-issued", (event) => show(event.detail)); // an appointment that checked in (bookings.js)
  $("print").addEventListener("click", () => window.print());

  motcua.live("/api/v1/events", {
    services: (snapshot) => {
      document.dispatchEvent(new Event("motcua-services"));
      for (const row of snapshot.services) {
        const cell = document.querySelector('[data-service="' + row.code + '"]');
        if (!cell) continue;
        cell.textContent = !row.open ? t("web.greeter.closed") : row.waiting ? t("common.waiting", { count: row.waiting }) : t("kiosk.card.nobody");
        document.querySelector('input[name="service"][value="' + row.code + '"]').disabled = !row.open;
      }
    },
  }, motcua.pill(texts));
})();
