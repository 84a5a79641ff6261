// Every page there is; adding one is one line. `{candidate}` is whom the liaison shall talk with first.

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
  { name: "liaison", path: "/people/{candidate}/liaison", as: "officer" },
  { name: "person-correct", path: "/people/{candidate}/correct", as: "officer" },
  { name: "pool", path: "/pool", as: "officer", pictured: true },
  { name: "coverage", path: "/coverage", as: "officer", pictured: "dark too" },
  { name: "coverage-gaps", path: "/coverage/gaps", as: "officer" },
  { name: "proposal", path: "/coverage/proposal", as: "officer", pictured: true },
  { name: "imports", path: "/imports", as: "officer", pictured: true },
  { name: "trainings", path: "/trainings", as: "officer" },
  { name: "training-new", path: "/trainings/new", as: "officer" },
  { name: "reminders", path: "/reminders", as: "officer" },
  { name: "reminders-preview", path: "/reminders/preview", as: "officer" },
  { name: "password", path: "/password", as: "liaison" },
  { name: "no-such-page", path: "/nowhere", as: "liaison", status: 404 },
  { name: "no-such-person", path: "/people/00000000-0000-7000-8000-000000000000/talks/new", as: "liaison", status: 404 },
  { name: "unreadable-address", path: "/people/nobody/talks/new", as: "liaison", status: 400 },
];

/** Accounts that come with the demo. */
export const LOGINS = { liaison: "9000013", officer: "9000002" };

/** The page's address in this system. */
export function pathOf(page, places) {
  return page.path.replace(/\{(\w+)\}/g, (_, key) => places[key]);
}
