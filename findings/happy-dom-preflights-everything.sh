#!/usr/bin/env bash
# Expected: happy-dom, which fetches with CORS, sends preflights where browsers do, and checks what
#   they check.
#
# Happens: Its `fetch` sends a preflight for every request to another origin, a GET without headers
#   too. It then checks only the origin that the preflight allows: not the headers and not the
#   origin that the response to the request allows. Scripts can read headers that are not exposed.
#
# Versions: happy-dom 21.0.4, Node.js 26.10.0
#
# Seen:
#   GET, no CORS in preflights: OPTIONS; blocked
#   GET, preflights allow the origin: OPTIONS, GET; reads 200 and X-Total: 3
#   GET with x-one, preflights allow content-type: OPTIONS, GET; reads 200 and X-Total: 3
#   GET, the response allows another origin: OPTIONS, GET; reads 200 and X-Total: 3
#
# Why it matters for CORS: a browser sends no preflight in the first, second and fourth case, blocks
#   the third and the fourth, and never shows X-Total. Tests with happy-dom fail where browsers
#   pass, and the other way round.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --no-package-lock --prefix . \
  node@26.10.0 happy-dom@21.0.4

cat > finding.mjs <<'JS'
import { readFileSync } from "node:fs";
import http from "node:http";
import { Window } from "happy-dom";

const arrived = [];
let toPreflights;
let toRequests;
const api = http.createServer((request, response) => {
  arrived.push(request.method);
  const isPreflight = request.method === "OPTIONS";
  response.writeHead(200, isPreflight ? toPreflights : { "X-Total": "3", ...toRequests });
  response.end("{}");
});
await new Promise((resolve) => api.listen(0, "127.0.0.1", resolve));

const window = new Window({ url: "http://shop.example/" });
const anyone = { "Access-Control-Allow-Origin": "*" };
const send = async (headers) => {
  try {
    const response = await window.fetch(`http://127.0.0.1:${api.address().port}/`, { headers });
    return `reads ${response.status} and X-Total: ${response.headers.get("x-total")}`;
  } catch {
    return "blocked";
  }
};
const seen = [];
for (const [what, headers, preflights, requests] of [
  ["GET, no CORS in preflights", {}, {}, anyone],
  ["GET, preflights allow the origin", {}, anyone, anyone],
  [
    "GET with x-one, preflights allow content-type",
    { "x-one": "1" },
    { ...anyone, "Access-Control-Allow-Headers": "content-type" },
    anyone,
  ],
  [
    "GET, the response allows another origin",
    {},
    anyone,
    { "Access-Control-Allow-Origin": "http://other.example" },
  ],
]) {
  [toPreflights, toRequests] = [preflights, requests];
  const result = await send(headers);
  seen.push(`${what}: ${arrived.splice(0).join(", ")}; ${result}`);
}
const { version } = JSON.parse(readFileSync("node_modules/happy-dom/package.json"));
console.log(`happy-dom ${version}, Node.js ${process.version}`);
console.log(seen.join("\n"));
const stated = [
  "GET, no CORS in preflights: OPTIONS; blocked",
  "GET, preflights allow the origin: OPTIONS, GET; reads 200 and X-Total: 3",
  "GET with x-one, preflights allow content-type: OPTIONS, GET; reads 200 and X-Total: 3",
  "GET, the response allows another origin: OPTIONS, GET; reads 200 and X-Total: 3",
];
if (seen.join() !== stated.join()) console.error("This is no longer as stated.");
process.exit(seen.join() === stated.join() ? 0 : 1);
JS
node_modules/.bin/node finding.mjs
