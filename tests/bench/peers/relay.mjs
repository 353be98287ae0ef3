// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the plugin does, and no more: the handshake, then every platform frame is parsed and its method looked up, every
// gateway frame is parsed and its id looked up, and both go on as they came. On Node the sockets are undici's, as in
// OpenClaw; on Bun they are its own. Left out, in the peers' favour: the log line that the plugin writes per request.
//
// Environment: GATEWAY_URL, PLATFORM_URL, WORKSPACE_ROOT

import fs from "node:fs/promises";
import path from "node:path";

const WebSocket = globalThis.Bun ? globalThis.WebSocket : (await import("undici")).WebSocket;

const SKIPPED = new Set([".git", ".hg", ".svn", "node_modules", "dist", "build", "vendor"]);

async function walk(folder, prefix, files) {
  const subfolders = [];
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    const name = prefix + entry.name;
    if (entry.isFile()) files.push(name);
    else if (entry.isDirectory() && !SKIPPED.has(entry.name.toLowerCase()))
      subfolders.push(walk(path.join(folder, entry.name), name + "/", files));
  }
  await Promise.all(subfolders);
  return files;
}

async function resolve(params) {
  const root = await fs.realpath(process.env.WORKSPACE_ROOT);
  const target = path.resolve(root, params.path ?? ".");
  if (target !== root && !target.startsWith(root + path.sep))
    throw new Error(`Path '${params.path}' is outside the workspace`);
  return { root, target, info: await fs.stat(target) };
}

async function ls({ params }) {
  const { root, target } = await resolve(params);
  const prefix = path.relative(root, target);
  return (await walk(target, prefix && prefix + "/", [])).sort();
}

async function read({ params }) {
  const { root, target, info } = await resolve(params);
  const names = info.isFile() ? [path.relative(root, target)] : await ls({ params });
  return Promise.all(names.map(async (name) => ({ name, content: await fs.readFile(path.join(root, name), "utf8") })));
}

const HANDLERS = { "workspace.ls": ls, "workspace.read": read };

function open(url) {
  const socket = new WebSocket(url);
  return new Promise((done, failed) => {
    socket.addEventListener("open", () => done(socket), { once: true });
    socket.addEventListener("error", (event) => failed(new Error(`${url}: ${event.message}`)), { once: true });
  });
}

function nextMessage(socket) {
  return new Promise((done) => socket.addEventListener("message", (event) => done(event.data), { once: true }));
}

async function handshake() {
  const gateway = await open(process.env.GATEWAY_URL);
  const challenge = await nextMessage(gateway);
  const platform = await open(process.env.PLATFORM_URL);
  const token = "bench-platform-key";
  platform.send(JSON.stringify({ type: "pre-handshake", version: 1, token, gatewayToken: "bench-gateway-token" }));
  platform.send(challenge);
  gateway.send(await nextMessage(platform));
  platform.send(await nextMessage(gateway));
  return { gateway, platform };
}

function relay({ gateway, platform }) {
  const pending = new Map();

  platform.addEventListener("message", (event) => {
    const raw = typeof event.data === "string" ? event.data : String(event.data);
    try {
      const frame = JSON.parse(raw);
      if (frame.type === "req") {
        const handler = HANDLERS[frame.method];
        if (handler) {
          handler(frame)
            .then((payload) => ({ type: "res", id: frame.id, ok: true, payload }))
            .catch((error) => ({ type: "res", id: frame.id, ok: false, error: { message: String(error) } }))
            .then((answer) => platform.send(JSON.stringify(answer)));
          return;
        }
      } else if (frame.type === "error") return;
    } catch {
      // no JSON: passed on as it is
    }
    gateway.send(event.data);
  });

  gateway.addEventListener("message", (event) => {
    const raw = typeof event.data === "string" ? event.data : String(event.data);
    try {
      const frame = JSON.parse(raw);
      if (frame.type === "res" && frame.id) {
        const settle = pending.get(frame.id);
        if (settle) {
          settle(frame);
          return;
        }
      }
    } catch {
      // no JSON: passed on as it is
    }
    platform.send(event.data);
  });
}

relay(await handshake());
