// Sends the requests of requests.json to the API, one after the other, and holds what the browser did against this
// page's expected.json. It decides nothing: "allowed" means that fetch() gave a response, "blocked" that it threw.

const PATIENCE = 15_000; // milliseconds for one request

const [config, groups, expected] = await Promise.all(
  ["config.json", "requests.json", "expected.json"].map(async (name) => (await fetch(name)).json()),
);
const total = groups.flatMap(({ requests }) => requests).length;

try {
  showLinks();
  if (await apiAnswers()) {
    await runAll();
  } else {
    show("failed", `The API does not answer at ${config.api}. Is the demo still running?`);
  }
} catch (error) {
  show("failed", `This page has a fault: ${error}`);
  throw error;
}

async function runAll() {
  let csrfToken = null; // the API gives one with each answer about the session
  let sent = 0;
  let mismatches = 0;
  for (const { group, requests } of groups) {
    const rows = section(group);
    for (const request of requests) {
      show("running", `Sending request ${(sent += 1)} of ${total}…`);
      const actual = await send(request, csrfToken);
      csrfToken = actual.json?.csrf_token ?? csrfToken;
      const wanted = expected[request.id];
      const same = matches(wanted, actual);
      mismatches += same ? 0 : 1;
      rows.append(row(request, wanted, actual, same));
    }
  }
  document.body.dataset.mismatches = mismatches;
  show("done", mismatches ? `✗ ${mismatches} of ${total} differ` : `✓ ${total} of ${total} as expected`);
}

function show(state, text) {
  document.getElementById("summary").textContent = text;
  document.body.dataset.state = state;
}

// A request in the mode "no-cors" is sent whatever the policy: it fails only where nobody listens.
async function apiAnswers() {
  try {
    await fetch(`${config.api}/healthz/`, { mode: "no-cors", cache: "no-store" });
    return true;
  } catch {
    return false;
  }
}

async function send(request, csrfToken) {
  const headers = { ...request.headers };
  if (request.json) headers["Content-Type"] = "application/json";
  if (request.csrf && csrfToken) headers["X-CSRFToken"] = csrfToken;
  const options = {
    method: request.method,
    headers,
    body: request.json && JSON.stringify(request.json),
    credentials: request.credentials ? "include" : "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  };
  let response;
  try {
    response = await fetch(config.api + request.path, options);
  } catch (error) {
    return { outcome: error.name === "TimeoutError" ? "no answer" : "blocked", reads: {} };
  }
  const text = await response.text();
  const reads = Object.fromEntries((request.reads ?? []).map((name) => [name, response.headers.get(name)]));
  return { outcome: "allowed", status: response.status, reads, json: parsed(text) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function matches(wanted, actual) {
  if (wanted.outcome !== actual.outcome) return false;
  if (wanted.outcome === "blocked") return true;
  const readsMatch = Object.entries(wanted.reads ?? {}).every(
    ([name, readable]) => readable === (actual.reads[name] !== null),
  );
  return wanted.status.includes(actual.status) && readsMatch;
}

// From here on: showing.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function showLinks() {
  const link = (href, text) => element("a", { href }, text);
  document.getElementById("links").append(
    element("span", {}, "This page: ", element("code", {}, location.origin)),
    element("span", {}, "The API: ", element("code", {}, config.api)),
    link(config.api + config.docs, "The API's documentation"),
    link(config.other.url, `The same requests from ${config.other.name}`),
  );
}

// A heading row with the rows of its requests below it.
function section(title) {
  const made = element("tbody", {}, element("tr", {}, element("th", { colspan: 4, scope: "rowgroup" }, title)));
  document.querySelector("table").append(made);
  return made;
}

function row(request, wanted, actual, same) {
  const cells = [
    element("th", { scope: "row" }, ...description(request, wanted)),
    element("td", { "data-label": "Expected" }, element("div", {}, ...outcome(wanted))),
    element("td", { "data-label": "Actual" }, element("div", {}, ...outcome(actual))),
    element(
      "td",
      { "data-label": "Verdict" },
      element("div", {}, element("span", { class: `verdict ${same ? "same" : "differs"}` }, same ? "✓ as expected" : "✗ differs")),
    ),
  ];
  return element("tr", { id: request.id, class: same ? "same" : "differs" }, ...cells);
}

function description(request, wanted) {
  const details = element("p", { class: "details" }, element("code", {}, `${request.method} ${request.path}`));
  const extras = [
    ...Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    ...(request.json ? ["JSON body"] : []),
    ...(request.credentials ? ["with cookies"] : []),
  ];
  for (const extra of extras) details.append(" ", element("code", {}, extra));
  return [
    element("span", { class: "what" }, request.what),
    details,
    element("p", { class: "why" }, wanted.why),
  ];
}

// Shows what is expected and what came in the same words, so that the eye can compare them.
function outcome({ outcome, status, reason, reads = {} }) {
  const shown = [element("span", { class: `outcome ${outcome.replace(" ", "-")}` }, outcome)];
  if (status !== undefined) shown.push(` ${[status].flat().join(" or ")}`);
  if (reason) shown.push(element("span", { class: "reason" }, reason));
  const lines = Object.entries(reads).map(([name, value]) => {
    if (value === true) return element("li", {}, element("code", {}, name), " readable");
    if (value === false || value === null) return element("li", {}, element("code", {}, name), " not readable");
    return element("li", {}, element("code", {}, `${name}: ${value}`));
  });
  if (lines.length) shown.push(element("ul", { class: "reads" }, ...lines));
  return shown;
}
