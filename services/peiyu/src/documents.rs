//! What `docs/` says is what the code does: settings, error codes, exit codes, verbs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use peiyu_language::Book;

use crate::cli::Cli;
use crate::failure::Code;

fn house(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(house(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of a page's tables whose first cell is one `code`: that code, and the other cells. A code of two tables
/// comes twice.
fn rows(page: &str) -> Vec<(String, Vec<String>)> {
    let cells = |line: &str| -> Vec<String> {
        // A bar within a cell is written `\|`.
        let line = line.replace("\\|", "\u{1}");
        let inner = line.trim().trim_start_matches('|').trim_end_matches('|').to_owned();
        inner.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
    };
    let table = text(page);
    let rows = table.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|mut cells| (cells.remove(0).trim_matches('`').to_owned(), cells)).collect()
}

fn codes(rows: &[(String, Vec<String>)]) -> BTreeSet<String> {
    rows.iter().map(|(code, _)| code.clone()).collect()
}

#[track_caller]
fn same(page: &str, documented: &BTreeSet<String>, real: &BTreeSet<String>) {
    let missing: Vec<_> = real.difference(documented).collect();
    let surplus: Vec<_> = documented.difference(real).collect();
    assert!(missing.is_empty(), "write these into {page}: {missing:?}");
    assert!(surplus.is_empty(), "{page} has what the code does not: {surplus:?}");
}

/// The keys of a settings struct as `section.key`, read from the source that defines them.
fn settings() -> BTreeSet<String> {
    let source = text("shared/platform/src/settings.rs");
    let mut structs: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for body in source.split("\npub struct ").skip(1) {
        let Some((name, rest)) = body.split_once(" {\n") else { continue };
        let fields = rest.split("\n}").next().unwrap_or_default().lines();
        let fields = fields
            .filter_map(|line| line.trim().strip_prefix("pub ")?.trim_end_matches(',').split_once(": "));
        structs.insert(name, fields.collect());
    }
    let mut keys = BTreeSet::new();
    gather("Settings", "", &structs, &mut keys);
    keys
}

fn gather(name: &str, path: &str, structs: &BTreeMap<&str, Vec<(&str, &str)>>, keys: &mut BTreeSet<String>) {
    for (field, kind) in structs.get(name).into_iter().flatten() {
        let kind = kind.strip_prefix("Option<").map_or(*kind, |inner| inner.trim_end_matches('>'));
        if structs.contains_key(kind) {
            gather(kind, &format!("{path}{field}."), structs, keys);
        } else {
            keys.insert(format!("{path}{field}"));
        }
    }
}

#[test]
fn every_setting_stands_in_the_page_with_its_variable() {
    let page = "docs/settings.md";
    let documented = settings_of_page();
    let real = settings();
    assert!(real.len() > 20, "the settings were not found in the source: {real:?}");
    same(page, &codes(&documented), &real);
    for (key, cells) in documented {
        let variable = format!("`PEIYU__{}`", key.replace('.', "__").to_uppercase());
        assert_eq!(cells[3], variable, "{key}");
        assert!(!cells[0].is_empty() && !cells[2].is_empty(), "{key} has no default or no meaning");
    }
}

/// The rows about settings; the page's other table is about variables.
fn settings_of_page() -> Vec<(String, Vec<String>)> {
    rows("docs/settings.md").into_iter().filter(|(_, cells)| cells.len() == 4).collect()
}

#[test]
fn the_defaults_of_the_page_are_those_of_the_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("peiyu.toml");
    let least = "tenant = \"t\"\ndata = \"/d\"\n[database]\nurl = \"u\"\nkeys_url = \"k\"\n[nats]\nurl = \"n\"\n\
        [http]\nlisten = \"127.0.0.1:1\"\npublic_url = \"p\"\n[vault]\nmaster_key_file = \"/m\"\n\
        [smtp]\nhost = \"h\"\nport = 1\nsecurity = \"tls\"\nfrom = \"f\"\n";
    std::fs::write(&file, least).unwrap();
    // `Debug` shows every value, secrets aside: `pool: 8, … user: None`.
    let shown = format!("{:?}", peiyu_platform::Settings::load(&file).unwrap());
    for (key, cells) in settings_of_page() {
        let (section, field) = key.rsplit_once('.').unwrap_or(("", &key));
        let default = cells[0].as_str();
        if default == "required" || default.contains("`[smtp]`") {
            assert!(is_given(least, &key), "{key} has a default, and the page calls it required");
            continue;
        }
        if default.starts_with("required") {
            assert_eq!(value_in(&shown, section, field), "None", "the section of {key} may be absent");
            continue;
        }
        let value = value_in(&shown, section, field);
        assert_eq!(value.to_lowercase(), default, "{key}");
    }
}

/// The value of a field as `Debug` shows it; of a section that is absent, none.
/// Whether a TOML text has a value for a key.
fn is_given(text: &str, key: &str) -> bool {
    let table: toml::Value = toml::from_str(text).unwrap();
    key.split('.').try_fold(&table, |table, name| table.get(name)).is_some()
}

fn value_in<'a>(shown: &'a str, section: &str, field: &str) -> &'a str {
    let mut rest = shown;
    for name in section.split('.') {
        rest = rest.split_once(&format!(" {name}: ")).unwrap_or_else(|| panic!("{name} in {shown}")).1;
        if rest.starts_with("None") {
            return "None";
        }
    }
    let value = rest.split_once(&format!("{field}: ")).unwrap_or_else(|| panic!("{field} in {rest}")).1;
    value.split([',', ' ', '}']).next().unwrap_or_default()
}

/// The codes in every `fn code` of a source file.
fn codes_in(path: &str) -> BTreeSet<String> {
    let source = text(path);
    let bodies =
        source.split("fn code(").skip(1).map(|body| body.split("\n    }\n").next().unwrap_or_default());
    let codes = bodies.flat_map(|body| body.split("=> \"").skip(1));
    codes.map(|piece| piece.split('"').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_error_code_stands_in_the_page_with_its_cure() {
    let page = "docs/errors.md";
    let documented = rows(page);
    let mut real: BTreeSet<String> =
        peiyu_api::problem::Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert!(real.len() > 30);
    let books = [Book::Problems, Book::Refusals, Book::Reasons];
    real.extend(books.iter().flat_map(|book| book.codes()).map(str::to_owned));
    let files = codes_in("shared/workbooks/src/error.rs");
    assert!(files.len() > 20, "the faults of files were not found: {files:?}");
    real.extend(files);
    same(page, &codes(&documented), &real);
    for (code, cells) in &documented {
        assert!(cells.last().is_some_and(|cure| cure.len() > 8), "{code} has no cure");
    }
    for code in peiyu_api::problem::Code::ALL {
        let status = code.status().as_u16().to_string();
        let is_so = documented.iter().any(|(word, cells)| word == code.as_str() && cells[0] == status);
        assert!(is_so, "{} is sent with {status}", code.as_str());
    }
}

#[test]
fn every_exit_code_stands_in_the_page() {
    let page = text("docs/exit-codes.md");
    for code in Code::ALL {
        assert!(page.contains(&format!("| {} | `{}` | ", code as u8, code.name())), "{}", code.name());
    }
}

#[test]
fn every_verb_of_a_page_is_one_that_the_program_takes() {
    let entries = std::fs::read_dir(house("docs")).unwrap().map(|entry| entry.unwrap().path());
    for path in entries.filter(|path| path.extension().is_some_and(|kind| kind == "md")) {
        let page = std::fs::read_to_string(&path).unwrap();
        let examples = page.lines().filter_map(|line| line.strip_prefix("    peiyu "));
        for example in examples {
            let words: Vec<&str> =
                example.split("  ").next().unwrap_or_default().split_whitespace().collect();
            let line = std::iter::once("peiyu").chain(words.iter().copied());
            let fault = Cli::command().try_get_matches_from(line).err();
            assert!(fault.is_none(), "{}: peiyu {}: {fault:?}", path.display(), words.join(" "));
        }
    }
}
