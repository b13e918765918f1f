#!/usr/bin/env bash
# Expected: jsdom follows CORS as browsers do. A POST of JSON to another origin has a preflight,
#   because no HTML form can send `Content-Type: application/json`.
#
# Happens: `XMLHttpRequest` of jsdom sends the POST at once. For a PUT, or a GET with a header of
#   one's own, it does send a preflight. Of the response it obeys the origin and the headers, but
#   not `Access-Control-Allow-Methods`.
#
# Versions: jsdom 31.0.1, Node.js 26.10.0
#
# Seen:
#   POST of JSON: POST; the script reads 200
#   PUT: OPTIONS, PUT; the script reads 200
#   GET with x-one: OPTIONS; blocked
#
# Why it matters for CORS: the server here allows the method GET and no header. Browsers block all
#   three; tests with jsdom are green for the first two.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --no-package-lock --prefix . node@26.10.0 jsdom@31.0.1

cat > finding.js <<'JS'
const http = require("node:http");
const { JSDOM, VirtualConsole } = require("jsdom");

const arrived = [];
const api = http.createServer((request, response) => {
  arrived.push(request.method);
  response.writeHead(200, {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET",
  });
  response.end("{}");
});

api.listen(0, "127.0.0.1", async () => {
  const virtualConsole = new VirtualConsole(); // prints nothing of what is blocked
  const { window } = new JSDOM("", { url: "http://shop.example/", virtualConsole });
  const send = (method, name, value) =>
    new Promise((resolve) => {
      const request = new window.XMLHttpRequest();
      request.open(method, `http://127.0.0.1:${api.address().port}/`);
      if (name) request.setRequestHeader(name, value);
      request.onload = () => resolve(`the script reads ${request.status}`);
      request.onerror = () => resolve("blocked");
      request.send(method === "GET" ? null : "{}");
    });
  const seen = [];
  for (const [what, ...request] of [
    ["POST of JSON", "POST", "content-type", "application/json"],
    ["PUT", "PUT"],
    ["GET with x-one", "GET", "x-one", "1"],
  ]) {
    const result = await send(...request);
    seen.push(`${what}: ${arrived.splice(0).join(", ")}; ${result}`);
  }
  console.log(`jsdom ${require("jsdom/package.json").version}, Node.js ${process.version}`);
  console.log(seen.join("\n"));
  const stated = [
    "POST of JSON: POST; the script reads 200",
    "PUT: OPTIONS, PUT; the script reads 200",
    "GET with x-one: OPTIONS; blocked",
  ];
  if (seen.join() !== stated.join()) console.error("This is no longer as stated.");
  process.exit(seen.join() === stated.join() ? 0 : 1);
});
JS
node_modules/.bin/node finding.js
