// Today's appointments beside the greeter's form: who is awaited, and a button for whom the kiosk could not read.
"use strict";

(() => {
  const data = motcua.data("bookings-data");
  const texts = data.texts;
  const LOOK_MS = 15000;
  const GAP_MS = 2000;
  const body = document.getElementById("bookings-rows");
  const notice = document.getElementById("bookings-notice");
  const ids = {}; // token → command id, kept until an answer came
  let timer = null;
  let last = 0;
  let drawn = "";

  const say = (text) => { notice.textContent = text; };
  const cell = (text, name) => {
    const made = document.createElement("td");
    made.textContent = text;
    if (name) made.className = name;
    return made;
  };

  const row = (booking) => {
    const made = document.createElement("tr");
    const booked = booking.state === "booked";
    if (!booked) made.className = "over";
    const act = document.createElement("td");
    if (booked) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = texts["web.bookings.check_in"];
      button.addEventListener("click", () => checkIn(booking, button));
      act.append(button);
    } else {
      act.textContent = booking.number || "";
      act.className = "tabular";
    }
    const when = cell(booking.start.slice(11, 16), "tabular");
    const code = document.createElement("b");
    code.textContent = booking.token.slice(-4).toUpperCase();
    when.append(document.createElement("br"), code);
    made.append(when, cell(data.services[booking.service] || booking.service), cell(texts["web.bookings.state." + booking.state] || booking.state), act);
    return made;
  };

  const draw = (found) => {
    const now = JSON.stringify(found);
    if (now === drawn) return; // nothing moves under the pointer for nothing
    drawn = now;
    body.replaceChildren(...found.map(row));
    document.getElementById("bookings-none").hidden = found.length > 0;
    body.closest("table").hidden = found.length === 0; // no headings over nothing
  };

  const look = async () => {
    timer = null;
    last = Date.now();
    try {
      const answer = await fetch("/api/v1/appointments", { cache: "no-store" });
      if (answer.ok) draw((await answer.json()).appointments);
    } catch (error) { /* the pill tells */ }
  };
  const later = () => { if (!timer) timer = setTimeout(look, Math.max(200, GAP_MS - (Date.now() - last))); };

  const checkIn = async (booking, button) => {
    button.disabled = true;
    say("");
    ids[booking.token] = ids[booking.token] || motcua.uuid();
    const answer = await motcua.command("/api/v1/appointments/" + encodeURIComponent(booking.token) + "/check-in", { id: ids[booking.token] });
    button.disabled = false;
    if (answer.body) delete ids[booking.token];
    if (answer.status === 201) document.dispatchEvent(new CustomEvent("motcua-issued", { detail: answer.body }));
    else if (answer.status === 401) location.href = "/sign-in";
    else say((answer.body && data.errors[answer.body.code]) || texts["web.greeter.no_answer"]);
    later();
  };

  document.addEventListener("motcua-services", later);
  setInterval(later, LOOK_MS);
  look();
})();
