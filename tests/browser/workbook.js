// As much of .xlsx as the walks need: the rows of the first sheet, and a workbook of one sheet of texts.
import { crc32, inflateRawSync } from "node:zlib";

export const MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PLAIN = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };

const plain = (xml) => xml.replace(/&(lt|gt|quot|apos|amp);/g, (entity) => PLAIN[entity]);
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const texts = (xml) => plain([...xml.matchAll(/<t[^>]*>([^<]*)<\/t>/g)].map(([, text]) => text).join(""));

/** The files of a zip archive by name, as its directory lists them. */
function unzipped(bytes) {
  const files = {};
  let at = bytes.readUInt32LE(bytes.lastIndexOf("PK\x05\x06", undefined, "latin1") + 16);
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    const method = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 20);
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const local = bytes.readUInt32LE(at + 42);
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(from, from + size);
    files[bytes.toString("utf8", at + 46, at + 46 + name)] = method === 0 ? packed : inflateRawSync(packed);
    at += 46 + name + extra + comment;
  }
  return files;
}

/** `B` of `B7` is 1. */
function columnOf(address) {
  const letters = /^[A-Z]+/.exec(address)[0];
  return [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

/** The cells of the first sheet, row by row, as texts; titles first. */
export function rowsOf(bytes) {
  const files = unzipped(bytes);
  const shared = [...`${files["xl/sharedStrings.xml"] ?? ""}`.matchAll(/<si>(.*?)<\/si>/gs)].map(([, xml]) => texts(xml));
  return [...`${files["xl/worksheets/sheet1.xml"]}`.matchAll(/<row[^>]*>(.*?)<\/row>/gs)].map(([, row]) => {
    const cells = [];
    for (const [, address, more, content] of row.matchAll(/<c r="([A-Z]+\d+)"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
      const value = /<v>([^<]*)<\/v>/.exec(content ?? "")?.[1] ?? "";
      cells[columnOf(address)] = more.includes('t="s"') ? shared[value] : more.includes('t="inlineStr"') ? texts(content ?? "") : plain(value);
    }
    return Array.from(cells, (cell) => cell ?? "");
  });
}

/** An archive of files that are not packed. */
function zipped(files) {
  const [parts, directory] = [[], []];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, content] = [Buffer.from(name), Buffer.from(text)];
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(content.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), facts, path, content);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), facts, place, path);
    at += 30 + path.length + content.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  for (const offset of [8, 10]) end.writeUInt16LE(Object.keys(files).length, offset);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listed, end]);
}

const KINDS = "http://schemas.openxmlformats.org";
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** A workbook whose only sheet has these texts, in 26 columns at most. */
export function workbookOf(sheet, rows) {
  const cell = (text, column, row) => `<c r="${String.fromCharCode(65 + column)}${row}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
  const line = (row, index) => `<row r="${index + 1}">${row.map((text, column) => cell(text, column, index + 1)).join("")}</row>`;
  const lines = rows.map(line).join("");
  const related = (id, kind, target) => `<Relationship Id="${id}" Type="${KINDS}/officeDocument/2006/relationships/${kind}" Target="${target}"/>`;
  const relations = (inner) => `${HEAD}<Relationships xmlns="${KINDS}/package/2006/relationships">${inner}</Relationships>`;
  const main = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  return zipped({
    "[Content_Types].xml": `${HEAD}<Types xmlns="${KINDS}/package/2006/content-types">`
      + '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
      + '<Default Extension="xml" ContentType="application/xml"/>'
      + `<Override PartName="/xl/workbook.xml" ContentType="${main}.sheet.main+xml"/>`
      + `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${main}.worksheet+xml"/></Types>`,
    "_rels/.rels": relations(related("rId1", "officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": `${HEAD}<workbook xmlns="${KINDS}/spreadsheetml/2006/main" xmlns:r="${KINDS}/officeDocument/2006/relationships">`
      + `<sheets><sheet name="${escaped(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relations(related("rId1", "worksheet", "worksheets/sheet1.xml")),
    "xl/worksheets/sheet1.xml": `${HEAD}<worksheet xmlns="${KINDS}/spreadsheetml/2006/main"><sheetData>${lines}</sheetData></worksheet>`,
  });
}
