// The roster of a month: the demo's own with somebody changed, two who are new, and two rows that cannot be read.
import { randomInt } from "node:crypto";
import { rowsOf, workbookOf, MIME } from "../workbook.js";
import { demoBook } from "../house.js";

const SHEET = "教职工名册";

/** A workbook as a browser takes it. */
const fileOf = (rows) => ({ name: "教职工名册.xlsx", mimeType: MIME, buffer: workbookOf(SHEET, rows) });

/** `title`: what somebody has become since the last roster. */
export function monthly(title) {
  const [titles, ...rows] = rowsOf(demoBook("roster"));
  const at = Object.fromEntries(titles.map((name, index) => [name, index]));
  const like = (number) => [...rows.find((row) => row[at["工号"]] === number)];
  const changed = rows.map((row) => [...row]);
  changed.find((row) => row[at["工号"]] === "9000107")[at["专业技术职务"]] = title;
  const first = randomInt(9_100_000, 9_900_000);
  // Like somebody of whom the pool has nobody like them: no Party member, a doctor.
  const added = ["顾言一", "顾言二", "顾言三", "顾言四"].map((name, index) => {
    const row = like("9000101");
    row[at["工号"]] = `${first + index}`;
    row[at["姓名"]] = name;
    row[at["手机号码"]] = `100${first + index}0`;
    row[at["电子邮箱"]] = `u${first + index}@demo.invalid`;
    return row;
  });
  added[2][at["所在单位"]] = "理学苑";
  added[3][at["出生年月"]] = "不详";
  return {
    file: fileOf([titles, ...changed, ...added]),
    rows: changed.length + added.length,
    names: added.map((row) => row[at["姓名"]]),
    numbers: added.map((row) => row[at["工号"]]),
  };
}

/** The file of rejected rows, mended as its last column says. */
export function mended(bytes) {
  const [titles, ...rows] = rowsOf(bytes);
  const at = Object.fromEntries(titles.map((name, index) => [name, index]));
  const reasons = rows.map((row) => row.at(-1));
  for (const row of rows) {
    if (row[at["所在单位"]] === "理学苑") row[at["所在单位"]] = "理学院";
    if (row[at["出生年月"]] === "不详") row[at["出生年月"]] = "1990-05";
  }
  return { file: fileOf([titles, ...rows]), reasons };
}
