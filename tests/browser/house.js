// The system that is walked: its address, its people, and another client beside the browser.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; tests/system/browser.rs and tests/browser/screenshots set it`);
  return value;
}

/** Where the pages are, without a slash at the end. */
export const url = needed("PEIYU_TEST_URL");
const data = needed("PEIYU_DATA");

/** Runs a verb of the binary; gives what it printed. */
export function peiyu(...words) {
  return execFileSync(needed("PEIYU_TEST_BINARY"), words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The password of somebody whose account came with the demo. */
export function passwordOf(login) {
  const line = readFileSync(join(data, "demo-logins.txt"), "utf8").split("\n").find((line) => line.startsWith(login));
  if (!line) throw new Error(`${login} has no account in the demo`);
  return line.split(/\s+/)[1];
}

/** An account for somebody of the demo, with a password of its own; who has one already gets a new password. */
export function account(login) {
  const logins = JSON.parse(peiyu("account", "list", "--operator", "--json"));
  const has = JSON.stringify(logins).includes(`"${login}"`);
  const issued = peiyu("account", has ? "reset" : "add", login, "--operator", "--json");
  return { login, password: JSON.parse(issued).password };
}

async function ask(method, path, { token, body, event } = {}) {
  const headers = { "content-type": "application/json", "idempotency-key": randomUUID() };
  if (token) headers.authorization = `Bearer ${token}`;
  if (event) headers["peiyu-after"] = event;
  const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** The demo's own workbook of a kind, as it was taken in. */
export function demoBook(kind) {
  return readFileSync(join(data, "demo", `${kind}.xlsx`));
}

/** Somebody of the pool by staff number, as soon as the read models show them. */
export async function candidateOf(number) {
  const token = readFileSync(join(data, "operator.token"), "utf8").trim();
  for (;;) {
    const { items } = await ask("POST", "/v1/pool/search", { token, body: { filter: { query: number } } });
    if (items.length > 0) return items[0];
  }
}

/** Somebody as a client of the HTTP interface. */
export async function client({ login, password }) {
  const { token } = await ask("POST", "/v1/sessions", { body: { login, password } });
  const get = (path) => ask("GET", path, { token });
  const post = (path, body) => ask("POST", path, { token, body });
  /** Has a workbook checked, as a dry run; the run's id, once it has ended. */
  const check = async (kind, { name, mimeType, buffer }) => {
    const form = new FormData();
    form.append("file", new Blob([buffer], { type: mimeType }), name);
    const headers = { authorization: `Bearer ${token}`, "idempotency-key": randomUUID() };
    const sent = await fetch(`${url}/v1/imports?kind=${kind}&dry_run=true`, { method: "POST", headers, body: form });
    const { id } = await sent.json();
    while (["waiting", "running"].includes((await get(`/v1/imports/${id}`)).state));
    return id;
  };
  /** The talk that is most pressing. */
  const pressing = async () => (await get("/v1/todo")).items.find((duty) => /^(first|next)_talk$/.test(duty.kind));
  /**
   * What has been written down of talks under a duty's candidate, of whatever `told` accepts. One more talk is
   * recorded first and waited for, so that nothing that was taken before it can be missing.
   */
  const gists = async ({ candidate }, told) => {
    const { today } = await get("/v1/whoami");
    const { event } = await post(`/v1/candidates/${candidate}/talks`, talkOf(today, `到此为止 ${randomUUID()}`));
    const operator = readFileSync(join(data, "operator.token"), "utf8").trim();
    const dossier = await ask("GET", `/v1/dossiers/${candidate}`, { token: operator, event });
    const talks = dossier.events.filter((event) => event.event_type === "TalkRecorded");
    return talks.map((event) => event.content.content.gist).filter(told);
  };
  return { get, post, check, pressing, gists };
}

/** A talk of today as the interface wants it. */
export function talkOf(today, gist) {
  return { held_on: today, form: "single", topics: ["思想状况"], gist };
}
