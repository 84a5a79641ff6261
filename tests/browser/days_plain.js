// The same days with JavaScript off: every form of theirs is a page that works by itself.
import { after } from "node:test";
import { close } from "./browser.js";
import { liaison } from "./days/liaison.js";
import { MOST } from "./days/most.js";
import { officer } from "./days/officer.js";
import { SCIENCE, secretary } from "./days/secretary.js";
import { day } from "./days/walk.js";
import { account, passwordOf } from "./house.js";

after(close);
const own = (login) => ({ login, password: passwordOf(login) });
const plain = { size: "phone", language: "zh", script: false };

day("the day of a liaison", plain, () => own("9000013"), MOST, liaison);
day("the day of a secretary", plain, () => account("9000003"), MOST, secretary(SCIENCE));
day("the day of an officer", plain, () => own("9000002"), MOST, officer({ title: "副教授", pupil: "9000106" }));
