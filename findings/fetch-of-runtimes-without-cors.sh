#!/usr/bin/env bash
# Expected: `fetch(url, {mode: "cors"})` checks CORS, or fails where it is not implemented.
#
# Happens: Node.js, Bun and workerd (Cloudflare Workers) implement `fetch` without CORS. They send
#   no preflight and no `Origin`, accept `mode: "cors"` (Node.js, Bun), and let the script read the
#   response and all its headers. A script can set `Origin` itself.
#
# Versions: Node.js 26.10.0, Bun 1.4.5, workerd 1.20261117.1
#
# Seen:
#   Node.js: PUT from undefined; reads 200 and X-Total: 3
#   Node.js, Origin set: PUT from https://evil.example; reads 200 and X-Total: 3
#   Bun: PUT from undefined; reads 200 and X-Total: 3
#   Bun, Origin set: PUT from https://evil.example; reads 200 and X-Total: 3
#   workerd: PUT from undefined; reads 200 and X-Total: 3
#   workerd, Origin set: PUT from https://evil.example; reads 200 and X-Total: 3
#
# Why it matters for CORS: a test that fetches with them, as those of Vitest with jsdom do, says
#   nothing about a policy. Nor does `Origin` prove to a server who asks.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --no-package-lock --prefix . \
  node@26.10.0 bun@1.4.5 workerd@1.20261117.1

cat > send.mjs <<'JS'
export async function send(url, headers, options = {}) {
  const response = await fetch(url, { method: "PUT", body: "{}", headers, ...options });
  const total = response.headers.get("x-total");
  return `${await response.text()}; reads ${response.status} and X-Total: ${total}`;
}
export async function both(runtime, url, options) {
  const plain = await send(url, {}, options);
  const forged = await send(url, { origin: "https://evil.example" }, options);
  return [`${runtime}: ${plain}`, `${runtime}, Origin set: ${forged}`].join("\n");
}
JS
cat > script.mjs <<'JS'
import { both } from "./send.mjs";
console.log(await both(process.argv[2], process.argv[3], { mode: "cors" }));
JS
cat > worker.mjs <<'JS'
import { both } from "./send.mjs";
export default {
  async fetch(request) {
    return new Response(await both("workerd", new URL(request.url).searchParams.get("api")));
  },
};
JS
cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["local", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "send.mjs", esModule = embed "send.mjs"),
  ],
  compatibilityDate = "2026-01-01",
);
CAPNP
cat > finding.mjs <<'JS'
import { execFile, execFileSync, spawn } from "node:child_process";
import http from "node:http";
import { promisify } from "node:util";

const run = promisify(execFile);
const api = http.createServer((request, response) => {
  response.writeHead(200, { "X-Total": "3" }); // no CORS header
  response.end(`${request.method} from ${request.headers.origin}`);
});
await new Promise((resolve) => api.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${api.address().port}/`;
const bin = (name) => `node_modules/.bin/${name}`;

const seen = [];
seen.push((await run(bin("node"), ["script.mjs", "Node.js", url])).stdout.trim());
seen.push((await run(bin("bun"), ["run", "script.mjs", "Bun", url])).stdout.trim());

const workerd = spawn(bin("workerd"), ["serve", "config.capnp", "--control-fd=3"], {
  stdio: ["ignore", "ignore", "inherit", "pipe"],
});
process.on("exit", () => workerd.kill());
const port = await new Promise((resolve) => {
  workerd.stdio[3].on("data", (data) => resolve(JSON.parse(String(data).split("\n")[0]).port));
});
const answer = await fetch(`http://127.0.0.1:${port}/?api=${encodeURIComponent(url)}`);
seen.push((await answer.text()).trim());

const version = (name) => execFileSync(bin(name), ["--version"], { encoding: "utf8" }).trim();
console.log(`Node.js ${version("node")}, Bun ${version("bun")}, ${version("workerd")}`);
const lines = seen.join("\n").split("\n");
console.log(lines.join("\n"));
const stated = ["Node.js", "Bun", "workerd"].flatMap((runtime) => [
  `${runtime}: PUT from undefined; reads 200 and X-Total: 3`,
  `${runtime}, Origin set: PUT from https://evil.example; reads 200 and X-Total: 3`,
]);
if (lines.join() !== stated.join()) console.error("This is no longer as stated.");
process.exit(lines.join() === stated.join() ? 0 : 1);
JS
node_modules/.bin/node finding.mjs
