"use strict";
(() => {
  const find = id => document.getElementById(id);
  const make = (tag, text, ...classes) => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (classes.length) element.classList.add(...classes);
    return element;
  };
  const KEPT = 100;
  const FEW_SCOPES = 12;
  const rows = find("rows");
  const live = find("live");

  // Time spans are counted from what the proxy said, as the clock here may be another.
  const since = Number(find("uptime").dataset.uptime) - performance.now() / 1000;
  const remaining = find("remaining");
  let expires = remaining ? Number(remaining.dataset.remaining) + performance.now() / 1000 : null;

  const span = seconds => {
    let left = Math.floor(Math.abs(seconds));
    const parts = [];
    for (const [size, name] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
      const count = Math.floor(left / size);
      left %= size;
      if (count || parts.length) parts.push(`${count} ${name}`);
    }
    return parts.slice(0, 2).join(" ") || "0 s";
  };

  const tick = () => {
    const now = performance.now() / 1000;
    find("uptime").textContent = span(now + since);
    const element = find("remaining");
    if (element && expires !== null) {
      const left = expires - now;
      element.textContent = left > 0 ? `in ${span(left)}` : `expired ${span(left)} ago`;
      element.className = left > 300 ? "good" : left > 0 ? "soon" : "bad";
    }
  };

  const readable = iso => iso.replace("T", " ").replace("Z", " UTC");

  const scopeList = (start, scopes) => {
    const count = scopes.length === 1 ? "1 scope" : `${scopes.length} scopes`;
    const details = make("details", "");
    details.open = scopes.length <= FEW_SCOPES;
    details.append(make("summary", `${start} ${count}`));
    const list = make("ul", "");
    for (const scope of scopes) {
      const item = make("li", "");
      item.append(make("code", scope));
      list.append(item);
    }
    details.append(list);
    return details;
  };

  const showStatus = facts => {
    find("client").textContent = facts.client_id;
    find("kind").textContent = facts.credentials;
    const expiry = find("expiry");
    if (facts.expires === null) {
      expires = null;
      expiry.textContent = "never: these are permanent credentials";
    } else {
      expires = facts.remaining_seconds + performance.now() / 1000;
      const strong = make("strong", "");
      strong.id = "remaining";
      const time = make("time", readable(facts.expires));
      time.dateTime = facts.expires;
      expiry.replaceChildren(strong, ", ", time);
    }
    const lists = [];
    if (facts.authorized_scopes) {
      lists.push(scopeList("Requests are restricted to", facts.authorized_scopes));
    }
    if (facts.certificate_scopes) {
      lists.push(scopeList("The temporary credentials carry", facts.certificate_scopes));
    }
    const scopes = find("scopes");
    const shown = [...scopes.querySelectorAll("summary, code")].map(each => each.textContent);
    const wanted = lists.flatMap(list => [...list.querySelectorAll("summary, code")])
      .map(each => each.textContent);
    // What has not changed is left as it is: somebody may be reading it, or have closed it.
    if (shown.join("\n") !== wanted.join("\n")) {
      scopes.replaceChildren(...(lists.length ? lists : ["All that the client has at the deployment"]));
    }
    tick();
  };

  const showRequest = request => {
    const row = make("tr", "");
    row.setAttribute("role", "row");
    row.classList.add("new");
    const add = (label, ...content) => {
      const cell = make("td", "");
      cell.setAttribute("role", "cell");
      cell.classList.add(label.toLowerCase());
      cell.dataset.label = label;
      cell.append(...content);
      row.append(cell);
    };
    const ms = request.duration_ms;
    add("Time", request.time.slice(11, 19));
    add("Method", request.method);
    add("Path", make("code", request.path));
    add("Status", make("span", request.status, "status", `s${Math.floor(request.status / 100)}`));
    add("Duration", ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`);
    add("Attempts", String(request.attempts));
    if (request.missing_scopes) add("Note", "Missing: ", make("code", request.missing_scopes));
    else add("Note", request.note);
    rows.prepend(row);
    while (rows.children.length > KEPT) rows.lastElementChild.remove();
    find("empty").hidden = true;
  };

  let last = document.documentElement.dataset.last;
  let source = null;
  const say = (text, isOn) => {
    if (live.textContent !== text) live.textContent = text;
    live.classList.toggle("on", isOn);
  };
  const listen = () => {
    source = new EventSource(`/__status__/events?after=${encodeURIComponent(last)}`);
    source.onopen = () => say("Live", true);
    source.onerror = () => say(
      source.readyState === EventSource.CLOSED
        ? "Not live: the proxy has ended, or too many pages are open. Reload to try again."
        : "Connection lost; trying again.",
      false,
    );
    source.addEventListener("status", event => showStatus(JSON.parse(event.data)));
    source.addEventListener("request", event => {
      last = event.lastEventId;
      showRequest(JSON.parse(event.data));
    });
  };
  // A page that nobody looks at takes no connection: browsers have six for each host.
  document.addEventListener("visibilitychange", () => {
    if (source) source.close();
    source = null;
    if (document.visibilityState === "visible") listen();
    else say("Paused", false);
  });
  setInterval(tick, 1000);
  tick();
  if (document.visibilityState === "visible") listen();
})();
