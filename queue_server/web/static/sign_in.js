// The code stands behind the # of the link: it never reached a server, a proxy or a log until it is posted here.
"use strict";

(() => {
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const notice = document.getElementById("notice");
  const say = (key, bad) => { notice.textContent = texts[key]; notice.className = "notice" + (bad ? " bad" : ""); };

  const signIn = async (code) => {
    say("web.sign_in.working");
    let answer = null;
    try {
      answer = await fetch("/api/v1/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code }) });
    } catch (error) {
      say("web.sign_in.away", true);
      return;
    }
    if (answer.ok) location.replace((await answer.json()).home);
    else say(answer.status >= 500 ? "web.sign_in.away" : "web.sign_in.failed", true);
  };

  const code = location.hash.slice(1);
  if (code) {
    history.replaceState(null, "", location.pathname); // neither in the history nor on the screen
    signIn(code);
  }
  document.getElementById("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = document.getElementById("link").value.trim();
    signIn(text.slice(text.indexOf("#") + 1));
  });
})();
