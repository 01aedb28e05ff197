// Shared by the staff pages: texts, one-id commands that are sent again, live events, sign out. No library.
"use strict";

const motcua = (() => {
  const RESEND_MS = 700;
  const ANSWER_MS = 4000;
  const GIVE_UP_MS = 15000;
  const QUIET_MS = 40000; // the server says something at least every 15 s

  const data = (id) => JSON.parse(document.getElementById(id).textContent);

  const fill = (text, params) => text.replace(/\{(\w+)\}/g, (whole, name) => (params && name in params ? params[name] : whole));

  // crypto.randomUUID is missing on plain http in an office network; getRandomValues is not.
  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  const once = async (url, body) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), ANSWER_MS);
    try {
      return await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body, signal: stop.signal });
    } finally {
      clearTimeout(timer);
    }
  };

  // Sends one command with one id until it is answered or too old. {status, body}; status 0: no answer.
  const command = async (url, message, onRetry) => {
    const body = JSON.stringify(message);
    const start = Date.now();
    for (;;) {
      let response = null;
      try {
        response = await once(url, body);
      } catch (error) {
        response = null;
      }
      if (response && response.status < 502 && response.status !== 503) {
        const text = await response.text().catch(() => "");
        let parsed = null;
        try { parsed = text ? JSON.parse(text) : null; } catch (error) { parsed = null; }
        return { status: response.status, body: parsed };
      }
      if (Date.now() - start > GIVE_UP_MS) return { status: response ? response.status : 0, body: null };
      if (onRetry) onRetry();
      await pause(RESEND_MS);
    }
  };

  // Live events; `handlers` by event name, `changed(up)` when the link comes or goes.
  const live = (url, handlers, changed) => {
    let source = null;
    let heard = Date.now();
    const open = () => {
      if (source) source.close();
      source = new EventSource(url);
      heard = Date.now();
      source.onopen = () => { heard = Date.now(); changed(true); };
      source.onerror = () => {
        changed(false);
        if (source.readyState === EventSource.CLOSED) setTimeout(open, 3000); // refused: try again by ourselves
      };
      for (const name of Object.keys(handlers)) {
        source.addEventListener(name, (event) => { heard = Date.now(); changed(true); handlers[name](JSON.parse(event.data)); });
      }
    };
    open();
    // A dead link can stay silent for minutes; asking costs little.
    setInterval(async () => {
      if (Date.now() - heard < QUIET_MS) return;
      try {
        const answer = await fetch("/healthz", { cache: "no-store" });
        if (!answer.ok) throw new Error("unwell");
        heard = Date.now();
        if (source.readyState !== EventSource.OPEN) open();
      } catch (error) {
        changed(false);
        open();
      }
    }, 10000);
    addEventListener("offline", () => changed(false));
    addEventListener("pagehide", () => source.close());
  };

  const pill = (texts) => {
    const element = document.getElementById("live");
    return (up) => {
      element.classList.toggle("lost", !up);
      const text = up ? texts["web.live"] : texts["web.lost"];
      if (element.textContent !== text) element.textContent = text;
    };
  };

  const say = (text, kind) => {
    const element = document.getElementById("notice");
    element.textContent = text || "";
    element.className = "notice" + (kind ? " " + kind : "");
  };

  const waitText = (texts, estimate, reason) => {
    if (!estimate) return reason === "no_counter" ? texts["common.wait.no_counter"] : texts["common.wait.none"];
    const low = Math.floor(estimate.low_s / 300) * 5;
    const high = Math.ceil(estimate.high_s / 300) * 5;
    if (high <= 5) return fill(texts["common.wait.under"], { high: 5 });
    if (low === 0) return fill(texts["common.wait.under"], { high });
    return fill(texts["common.wait.range"], { low, high });
  };

  for (const button of document.querySelectorAll("[data-sign-out]")) {
    button.addEventListener("click", async () => {
      await fetch("/api/v1/session/end", { method: "POST" }).catch(() => null);
      location.href = "/";
    });
  }

  return { data, fill, uuid, command, live, pill, say, waitText };
})();
