// The manager's page renews its changing part; the server draws it, as in the first place.
"use strict";

(() => {
  const texts = motcua.data("texts");
  const GAP_MS = 2000;
  const CHART_MS = 60000;
  let timer = null;
  let last = 0;

  const renew = async () => {
    timer = null;
    last = Date.now();
    try {
      const answer = await fetch("/manager/live", { cache: "no-store" });
      if (answer.status === 401) { location.href = "/sign-in"; return; }
      if (answer.ok) document.getElementById("fresh").innerHTML = await answer.text();
    } catch (error) { /* the pill tells */ }
  };
  const later = () => { if (!timer) timer = setTimeout(renew, Math.max(200, GAP_MS - (Date.now() - last))); };

  const charts = () => {
    for (const image of document.querySelectorAll("[data-chart]")) {
      const address = new URL(image.src);
      address.searchParams.set("at", String(Date.now()));
      image.src = address.pathname + address.search;
    }
  };

  document.getElementById("fresh").addEventListener("click", async (event) => { // its content comes and goes
    const button = event.target.closest("[data-confirm-day]");
    if (!button) return;
    button.disabled = true;
    await motcua.command("/api/v1/day/confirm", { id: motcua.uuid(), day: button.dataset.confirmDay });
    renew();
  });
  document.getElementById("print").addEventListener("click", () => window.print());
  motcua.live("/api/v1/events?devices=true&alerts=true", { board: later, services: later, devices: later, alert: later }, motcua.pill(texts));
  setInterval(later, 20000); // the longest wait grows by itself
  setInterval(charts, CHART_MS);
})();
