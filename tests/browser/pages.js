// Every page there is; adding one is one line. What stands in braces is found by `placesOf`.
import { client, passwordOf } from "./house.js";
import { monthly } from "./days/roster.js";

/**
 * `as`: who looks, see LOGINS. `status`: what is answered instead of 200. `pictured`: a picture of it stands in
 * docs/screenshots; "dark too": two.
 */
export const PAGES = [
  { name: "sign-in", path: "/sign-in", as: "nobody", pictured: true },
  { name: "todo", path: "/todo", as: "liaison", pictured: "dark too" },
  { name: "todo-empty", path: "/todo", as: "officer" },
  { name: "talk", path: "/people/{candidate}/talks/new", as: "liaison", pictured: true },
  { name: "dossier", path: "/people/{candidate}", as: "officer", pictured: true },
  { name: "dossier-own", path: "/people/{candidate}", as: "liaison" },
  { name: "talk-record", path: "/people/{talked}/talks/1", as: "liaison" },
  { name: "talk-correct", path: "/people/{talked}/talks/1/correct", as: "liaison" },
  { name: "liaison", path: "/people/{candidate}/liaison", as: "officer" },
  { name: "person-correct", path: "/people/{candidate}/correct", as: "officer" },
  { name: "pool", path: "/pool", as: "officer", pictured: true },
  { name: "coverage", path: "/coverage", as: "officer", pictured: "dark too" },
  { name: "coverage-gaps", path: "/coverage/gaps", as: "officer" },
  { name: "proposal", path: "/coverage/proposal", as: "officer", pictured: true },
  { name: "imports", path: "/imports", as: "officer", pictured: true },
  { name: "import-checked", path: "/imports/{checked}", as: "officer" },
  { name: "import-report", path: "/imports/{taken}", as: "officer" },
  { name: "trainings", path: "/trainings", as: "officer" },
  { name: "training", path: "/trainings/{training}", as: "officer" },
  { name: "training-new", path: "/trainings/new", as: "officer" },
  { name: "reminders", path: "/reminders", as: "officer" },
  { name: "reminders-preview", path: "/reminders/preview", as: "officer" },
  { name: "reminders-letter", path: "/reminders/preview/{addressee}?on={day}", as: "officer" },
  { name: "reminders-of", path: "/people/{candidate}/reminders", as: "officer" },
  { name: "todo-school", path: "/todo", as: "secretary" },
  { name: "pool-school", path: "/pool?state=overdue", as: "secretary" },
  { name: "coverage-school", path: "/coverage", as: "secretary" },
  { name: "dossier-school", path: "/people/{talked}", as: "secretary" },
  { name: "talk-record-school", path: "/people/{talked}/talks/1", as: "secretary" },
  { name: "liaison-school", path: "/people/{candidate}/liaison", as: "secretary" },
  { name: "training-school", path: "/trainings/{training}", as: "secretary" },
  { name: "import-not-allowed", path: "/imports", as: "secretary", status: 403 },
  { name: "operations", path: "/operations", as: "operator" },
  { name: "parked", path: "/operations/parked", as: "operator" },
  { name: "policy", path: "/operations/policy", as: "operator" },
  { name: "reminders-held", path: "/reminders/held", as: "operator" },
  { name: "reminders-templates", path: "/reminders/templates", as: "head" },
  { name: "reminders-templates-read", path: "/reminders/templates?language=en", as: "officer" },
  { name: "password", path: "/password", as: "liaison" },
  { name: "no-such-page", path: "/nowhere", as: "liaison", status: 404 },
  { name: "no-such-person", path: "/people/00000000-0000-7000-8000-000000000000/talks/new", as: "liaison", status: 404 },
  { name: "unreadable-address", path: "/people/nobody/talks/new", as: "liaison", status: 400 },
];

/** Accounts that come with the demo. */
export const LOGINS = { liaison: "9000013", secretary: "9000003", officer: "9000002", operator: "9000032", head: "9000001" };

/** Login and password of each. */
export function everybody() {
  return Object.fromEntries(Object.entries(LOGINS).map(([role, login]) => [role, { login, password: passwordOf(login) }]));
}

/** What the braces of the addresses stand for in this system; a roster is checked for it. */
export async function placesOf({ liaison, officer }) {
  const [theirs, ours] = [await client(liaison), await client(officer)];
  const { items: duties } = await theirs.get("/v1/todo");
  const { items: runs } = await ours.get("/v1/imports");
  const { today } = await ours.get("/v1/whoami");
  const day = new Date(Date.parse(today) + 20 * 86_400_000).toISOString().slice(0, 10);
  const preview = await ours.get(`/v1/reminders/preview?on=${day}`);
  return {
    candidate: (await theirs.pressing()).candidate,
    talked: duties.find((duty) => duty.kind === "next_talk").candidate,
    taken: runs.find((run) => run.kind === "roster" && !run.dry_run).id,
    checked: await ours.check("roster", monthly("副教授").file),
    training: (await ours.get("/v1/trainings")).items[0].id,
    // Of whom nothing that is due later has been said yet, whatever went out today.
    addressee: preview.items.find((digest) => digest.addressee_name === "曹诺子").addressee,
    day,
  };
}

/** The page's address in this system. */
export function pathOf(page, places) {
  return page.path.replace(/\{(\w+)\}/g, (_, key) => places[key]);
}
