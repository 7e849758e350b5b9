/* The review page: the token, the keys, the pace. Everything else is the server's HTML. */
"use strict";
(() => {
  const $ = (selector, within) => (within || document).querySelector(selector);
  const store = {
    get: (name, otherwise) => JSON.parse(sessionStorage.getItem("repair." + name) ?? JSON.stringify(otherwise)),
    set: (name, value) => sessionStorage.setItem("repair." + name, JSON.stringify(value)),
  };
  const words = document.body.dataset;
  let token = store.get("token", "");
  let busy = null; // the request whose answer will be the main part
  const waiting = []; // keys that came while a request was under way: none is lost

  // ---- who we are

  async function enter() {
    const link = location.hash.slice(1);
    if (link) {
      history.replaceState(null, "", location.pathname + location.search);
      const answer = await fetch("/session", { method: "POST", body: new URLSearchParams({ link }) });
      if (answer.ok) store.set("token", (token = (await answer.json()).token));
      else if (!token) return say(words.used, true);
    }
    if (!token) return words.asks ? $("#login").showModal() : say(words.ended, true);
    load("GET", "/card", "#main");
    load("GET", "/filters", "#filters");
  }
  async function login(form) {
    const answer = await fetch("/session", { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const said = await answer.json();
    if (!answer.ok) return say(answer.status === 403 ? words.wrong : said.error);
    store.set("token", (token = said.token));
    form.reset();
    $("#login").close();
    enter();
  }
  const load = (verb, path, target, values) =>
    htmx.ajax(verb, path, { target, source: target, values: { ...filters(), ...values }, swap: "innerHTML" });
  const filters = () => Object.fromEntries(new FormData($("#filters")));

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-Repair-Token"] = token;
    event.detail.headers["X-Language"] = words.language;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target.id === "main") busy = event.detail.xhr;
  });
  document.addEventListener("htmx:responseError", (event) => {
    busy = null;
    waiting.length = 0;
    if (event.detail.xhr.status !== 401) return say(event.detail.xhr.responseText);
    if (!words.asks) return say(words.ended);
    if (!$("#login").open) $("#login").showModal();
  });
  document.addEventListener("htmx:sendError", () => ((busy = null), (waiting.length = 0), say(words.gone)));

  // ---- what the server tells

  document.addEventListener("decided", (event) => {
    const { action, count } = event.detail;
    if (!action) return;
    store.set("actions", [...store.get("actions", []), [action, count]].slice(-1000));
    store.set("done", store.get("done", 0) + count);
    if (!store.get("began", 0)) store.set("began", Date.now());
  });
  document.addEventListener("undone", (event) => store.set("done", Math.max(0, store.get("done", 0) - event.detail.count)));
  document.addEventListener("differs", (event) => say([event.detail.by, words.differs, words[event.detail.verdict]].join(" ")));
  document.addEventListener("meanwhile", (event) => say(event.detail.by + " ✓"));

  document.addEventListener("htmx:afterSettle", (event) => {
    const dialog = $("#dialog");
    if (event.detail.target === dialog && $("[data-open]", dialog)) {
      if (!dialog.open) dialog.showModal();
    }
    // Once an answer, and not before: until it has settled its buttons are dead.
    if (event.detail.target.id === "main" && event.detail.xhr === busy) {
      busy = null;
      if (dialog.open) dialog.close();
      pace();
      mark();
      const focus = $(".piece.focus");
      if (focus) {
        focus.scrollIntoView({ block: "center" });
        focus.focus();
      } else if (!document.activeElement.closest("#main, #filters, #groups")) $("#main").focus({ preventScroll: true });
      const card = $("#card");
      const top = card ? card.getBoundingClientRect().top : 40;
      if (top < 40 || top > innerHeight / 2) card.scrollIntoView();
      next();
    }
  });

  function pace() {
    const done = store.get("done", 0), hours = (Date.now() - store.get("began", Date.now())) / 3.6e6;
    const pending = Number($("#counts").dataset.pending || 0);
    const rate = hours > 0.002 ? done / hours : 0;
    $("#done").textContent = done.toLocaleString();
    $("#rate").textContent = rate ? Math.round(rate).toLocaleString() : "";
    const minutes = rate ? Math.round((pending / rate) * 60) : null;
    $("#left").textContent = minutes === null ? "" : minutes < 60 ? minutes + " min" : (minutes / 60).toFixed(1) + " h";
  }

  function mark() { // the group of the card is the current one in the list
    const card = $("#card");
    if (!card) return;
    for (const button of document.querySelectorAll("#groups [data-pattern]")) {
      const current = button.dataset.pattern === card.dataset.pattern;
      if (current) $(".size", button).textContent = card.dataset.size;
      if (current === button.hasAttribute("aria-current")) continue;
      if (current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      if (current) reveal(button);
    }
  }

  function reveal(button) { // in the list of groups, without moving the page
    const list = $("#groups"), top = button.offsetTop, bottom = top + button.offsetHeight;
    if (top < list.scrollTop || bottom > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 3;
  }

  function say(text, lasting) {
    const toast = $("#toast");
    toast.textContent = text;
    toast.classList.add("shown");
    clearTimeout(say.timer);
    if (!lasting) say.timer = setTimeout(() => toast.classList.remove("shown"), 4000);
  }

  // ---- what a person does

  const todo = {
    edit() {
      const editing = $("#card .editing");
      if (!editing) return;
      editing.hidden = false;
      const field = $("textarea", editing);
      field.focus();
      field.select();
    },
    "close-edit"() {
      $("#card .editing").hidden = true;
      $("#main").focus();
    },
    undo() {
      const actions = store.get("actions", []);
      const [action] = actions.pop() || [""];
      store.set("actions", actions);
      if (action) load("POST", "/undo", "#main", { action });
      else next();
    },
    theme() {
      const dark = getComputedStyle(document.documentElement).colorScheme === "dark" ||
        (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
      document.documentElement.dataset.theme = dark ? "light" : "dark";
      localStorage.setItem("repair.theme", document.documentElement.dataset.theme);
    },
    card: ({ dataset: { id, pattern } }) => load("GET", "/card", "#main", id ? { id } : pattern ? { pattern } : {}),
    piece: ({ dataset: { id, focus } }) => load("GET", "/piece", "#dialog", { id, focus }),
    help: () => $("#help").showModal(),
    close: () => $("dialog[open]").close(),
    status(button) {
      $("#filters [name=status]").value = button.dataset.status;
      load("GET", "/card", "#main");
    },
    phrase: () => $("#dialog textarea").select(),
    clear() {
      for (const field of $("#filters").elements) field.value = field.name === "status" ? "pending" : "";
      load("GET", "/card", "#main");
    },
    "next-piece"() {
      const pieces = [...document.querySelectorAll(".piece")];
      const at = pieces.indexOf(document.activeElement);
      const piece = pieces[(at + 1) % pieces.length];
      if (piece) (piece.scrollIntoView({ block: "center" }), piece.focus());
    },
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) todo[button.dataset.do](button);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "dialog") event.preventDefault();
    if (event.target.id === "enter") login(event.target);
  });

  function next() {
    while (!busy && waiting.length) press(waiting.shift());
  }

  function press(key) {
    const open = $("dialog[open]");
    if (key === "Escape" || key === "q") {
      const button = open && $('[data-key="q"]', open);
      if (open) return button ? button.click() : open.close();
      const back = $('#main [data-key="q"]');
      if (back) return back.click();
      if (key === "q") say(words.bye);
      return;
    }
    const within = open || document;
    const button = [...within.querySelectorAll("[data-key]")].find(
      (b) => b.dataset.key === key && !b.disabled && (open || !b.closest("dialog")));
    if (button) return button.click();
    if (open) return;
    if (key === "/") {
      const field = $("#filters select, #filters input");
      if (field) field.focus();
    }
    if (key === "]" || key === "[") {
      const groups = [...document.querySelectorAll("#groups [data-pattern]")];
      const at = groups.findIndex((b) => b.hasAttribute("aria-current"));
      const group = groups[at + (key === "]" ? 1 : -1)];
      if (group) group.click();
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest("input, textarea, select");
    if (field) {
      if (event.key === "Escape") {
        event.preventDefault();
        if (field.closest(".editing")) todo["close-edit"]();
        else if (field.closest("dialog")) field.blur();
        else $("#main").focus();
      } else if (event.key === "Enter" && field.tagName === "TEXTAREA" && !event.shiftKey) {
        event.preventDefault();
        $("[data-save]", field.form).click();
      }
      return;
    }
    if (!/^([yneisuANYXrtcdfj?q/\[\]1-9]|Escape)$/.test(event.key)) return;
    event.preventDefault();
    if (event.repeat) return;
    if (busy || waiting.length) waiting.push(event.key);
    else press(event.key);
  });

  const theme = localStorage.getItem("repair.theme");
  if (theme) document.documentElement.dataset.theme = theme;
  document.addEventListener("DOMContentLoaded", enter);
})();
