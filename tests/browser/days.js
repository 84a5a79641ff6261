// The days of the three for whom Peiyu is made, whole and by pages only; what the tasks of a month take is counted.
import { after } from "node:test";
import { close } from "./browser.js";
import { liaison } from "./days/liaison.js";
import { MOST } from "./days/most.js";
import { officer } from "./days/officer.js";
import { ENGINEERING, SCIENCE, secretary } from "./days/secretary.js";
import { day } from "./days/walk.js";
import { account, passwordOf } from "./house.js";

after(close);
const own = (login) => ({ login, password: passwordOf(login) });

// Each goes through one's day on a phone and at a desk, in the other language there.
day("the day of a liaison", { size: "phone", language: "zh" }, () => own("9000013"), MOST, liaison);
day("the day of a liaison", { size: "desk", language: "en" }, () => account("9000014"), MOST, liaison);
day("the day of a secretary", { size: "desk", language: "zh" }, () => account("9000003"), MOST, secretary(SCIENCE));
day("the day of a secretary", { size: "phone", language: "en" }, () => account("9000007"), MOST, secretary(ENGINEERING));
day("the day of an officer", { size: "desk", language: "zh" }, () => own("9000002"), MOST, officer({ title: "副教授", pupil: "9000106" }));
day("the day of an officer", { size: "phone", language: "en" }, () => own("9000002"), MOST, officer({ title: "教授", pupil: "9000107" }));
