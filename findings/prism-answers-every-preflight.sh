#!/usr/bin/env bash
# Expected: a mock server that is made from an OpenAPI schema answers preflights as the schema says:
#   a path or a method that is not in it is not allowed.
#
# Happens: Prism answers every preflight with 204. It allows the origin that asks, with credentials,
#   the method and the headers that are asked for, also at paths that the schema does not have. It
#   answers the requests themselves as the schema says: 405 and 404.
#
# Versions: @stoplight/prism-cli 5.16.0, Node.js 26.10.0
#
# Seen:
#   preflight DELETE /orders: 204, https://evil.example, credentials true, DELETE, x-any
#   preflight PUT /nowhere: 204, https://evil.example, credentials true, PUT, x-any
#   DELETE /orders: 405, https://evil.example
#   GET /nowhere: 404, https://evil.example
#
# Why it matters for CORS: a front end that works with Prism has met no policy at all. Where the
#   schema documents one, Prism does not look at it.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --no-package-lock --prefix . \
  node@26.10.0 @stoplight/prism-cli@5.16.0

cat > openapi.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": {"title": "Shop", "version": "1"},
  "paths": {"/orders": {"get": {"responses": {"200": {"description": "Orders"}}}}}
}
JSON
cat > finding.mjs <<'JS'
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";

const free = net.createServer().listen(0, "127.0.0.1");
await new Promise((resolve) => free.once("listening", resolve));
const { port } = free.address();
await new Promise((resolve) => free.close(resolve));
const prism = spawn(
  "node_modules/.bin/node",
  ["node_modules/.bin/prism", "mock", "--host", "127.0.0.1", "--port", port, "openapi.json"],
  { stdio: ["ignore", "pipe", "inherit"] },
);
process.on("exit", () => prism.kill());
await new Promise((resolve) => {
  prism.stdout.on("data", (data) => String(data).includes("listening") && resolve());
});

const send = (method, path, headers = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { origin: "https://evil.example", ...headers },
  });
const preflight = async (method, path) => {
  const { status, headers } = await send("OPTIONS", path, {
    "access-control-request-method": method,
    "access-control-request-headers": "x-any",
  });
  const [origin, credentials, methods, names] = ["Origin", "Credentials", "Methods", "Headers"].map(
    (name) => headers.get(`Access-Control-Allow-${name}`),
  );
  const allowed = `${origin}, credentials ${credentials}, ${methods}, ${names}`;
  return `preflight ${method} ${path}: ${status}, ${allowed}`;
};
const request = async (method, path) => {
  const { status, headers } = await send(method, path);
  return `${method} ${path}: ${status}, ${headers.get("Access-Control-Allow-Origin")}`;
};
const seen = [
  await preflight("DELETE", "/orders"),
  await preflight("PUT", "/nowhere"),
  await request("DELETE", "/orders"),
  await request("GET", "/nowhere"),
];
const { version } = JSON.parse(readFileSync("node_modules/@stoplight/prism-cli/package.json"));
console.log(`@stoplight/prism-cli ${version}, Node.js ${process.version}`);
console.log(seen.join("\n"));
const stated = [
  "preflight DELETE /orders: 204, https://evil.example, credentials true, DELETE, x-any",
  "preflight PUT /nowhere: 204, https://evil.example, credentials true, PUT, x-any",
  "DELETE /orders: 405, https://evil.example",
  "GET /nowhere: 404, https://evil.example",
];
if (seen.join() !== stated.join()) console.error("This is no longer as stated.");
process.exit(seen.join() === stated.join() ? 0 : 1);
JS
node_modules/.bin/node finding.mjs
